import { describe, expect, it } from 'vitest';
import { resolvedRequest } from '../../../shared/index.js';
import { createPace, type Load } from '../../../server/queue/pace.js';

const load = (passes: number, progress = 0, over: object = {}): Load => ({
  tenant: 'a',
  view: { request: resolvedRequest.parse({ seed: 1, passes, ...over }), progress },
});
const alone = { running: [], waiting: undefined };
const create = () => createPace({ passes: 10, candidates: 1 });

describe('the pace of jobs', () => {
  it('is unknown until a job has ended, then follows the last ones', () => {
    const pace = create();
    expect(pace.estimate(load(10), alone)).toBeUndefined();
    pace.learn({ passesMs: 900, decodeMs: 100, totalMs: 5000 }, 10);
    expect(pace.estimate(load(10), alone)).toBe(1000);
    pace.learn({ passesMs: 2000 }, 10);
    expect(pace.estimate(load(10), alone)).toBe(1300);
    for (let n = 0; n < 40; n++) pace.learn({ passesMs: 50 }, 10);
    expect(pace.estimate(load(10), alone)).toBe(50);
  });

  it('learns nothing from a job without passes or without times', () => {
    const pace = create();
    pace.learn({ passesMs: 100 }, 0);
    pace.learn({}, 5);
    expect(pace.estimate(load(1), alone)).toBeUndefined();
  });

  it('takes the whole time where no stage is told', () => {
    const pace = create();
    pace.learn({ totalMs: 70 }, 7);
    expect(pace.estimate(load(3), alone)).toBe(30);
  });

  it('counts the passes left, by the request until the worker has said how many there are', () => {
    const pace = create();
    pace.learn({ totalMs: 1 }, 1);
    expect(pace.estimate(load(8, 0.25, { variants: 2, candidates: 3 }), alone)).toBe(36);
    expect(pace.estimate({ ...load(8, 0.25, { variants: 2 }), passes: 40 }, alone)).toBe(60);
  });

  it('counts those before a waiting job in full, and those beside a running one as far as they hold it up', () => {
    const pace = create();
    pace.learn({ totalMs: 1 }, 1);
    const running = [load(30, 0.5), load(4)];
    expect(pace.estimate(load(10), { running, waiting: [load(7)] })).toBe(10 + 15 + 4 + 7);
    expect(pace.estimate(load(10), { running, waiting: undefined })).toBe(10 + 10 + 4);
    expect(pace.estimate(load(10), { running, waiting: [load(7)], machines: 2 })).toBe(10 + (15 + 4 + 7) / 2);
  });

  it("lets another tenant's jobs, however many, hold a running one up no longer than it lasts among its own", () => {
    const pace = create();
    pace.learn({ totalMs: 1 }, 1);
    const others = Array.from({ length: 4 }, () => ({ ...load(30), tenant: 'b' }));
    expect(pace.estimate(load(10), { running: others, waiting: undefined })).toBe(10 + 10);
    expect(pace.estimate(load(10), { running: [load(6), ...others], waiting: undefined })).toBe(10 + 6 + 16);
    const short = { ...load(3), tenant: 'c' };
    expect(pace.estimate(load(10), { running: [short, ...others], waiting: undefined })).toBe(10 + 10 + 3);
  });
});
