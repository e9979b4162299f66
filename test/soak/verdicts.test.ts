/** That a soak sees what it looks for. */
import { describe, expect, it } from 'vitest';
import type { JobEvent, JobView } from '../../shared/index.js';
import type { Outcome } from '../../scripts/support/carry-out.js';
import { fitSlope, quantile } from '../../scripts/support/figures.js';
import { weigh, type Hearing } from '../../scripts/support/hear-again.js';
import { drawOrder, drawWishes, type Order } from '../../scripts/support/orders.js';
import { tally } from '../../scripts/support/tally.js';

const made = { asset: '0'.repeat(32), seed: 1, relevance: 0, fidelity: 0, passes: 1, width: 1, height: 1, x: 0, y: 0 };
const view: JobView = {
  ...{ id: 'job', state: 'done', progress: 1, variants: [made], timings: {}, createdAt: '' },
  request: { variants: 1, previews: 0, seed: 1 },
};
const queued: JobEvent = { type: 'queued', position: 0 };
const started: JobEvent = { type: 'started' };
const variant: JobEvent = { type: 'variant', variant: 0, ...made };
const done: JobEvent = { type: 'done' };
const numbered = (...events: JobEvent[]) => events.map((event, n) => ({ id: n + 1, event }));

describe('what a job told', () => {
  it('is whole where it begins, tells each variant and ends, once each', () => {
    const told = numbered(queued, started, variant, done);
    expect(weigh(view, told)).toEqual({ wrong: [], doubles: 0, restarts: 0 });
  });

  it('may begin anew, where its worker died', () => {
    expect(weigh(view, numbered(queued, started, started, variant, done))).toMatchObject({ wrong: [], restarts: 1 });
  });

  it.each([
    ['a second end', numbered(queued, started, variant, done, done), { doubles: 1 }],
    ['a variant told twice', numbered(queued, started, variant, variant, done), { doubles: 1 }],
    ['no end', numbered(queued, started, variant), { wrong: [/told no end/, /told variant at last/] }],
    ['another end', numbered(queued, started, variant, { type: 'cancelled' }), { wrong: [/told cancelled at last/] }],
    ['no variant', numbered(queued, started, done), { wrong: [/has 1 variants/] }],
    [
      'a gap',
      numbered(queued, started, variant, done).filter(({ id }) => id !== 2),
      { wrong: [/event 2 is numbered 3/] },
    ],
  ])('is not whole with %s', (_, told, found) => {
    const wrong = 'wrong' in found ? found.wrong?.map((words) => expect.stringMatching(words)) : [];
    expect(weigh(view, told)).toMatchObject({ doubles: 0, ...found, wrong });
  });
});

describe('the tally of a run', () => {
  const wish = { name: 'jeans', variants: 1, pictures: [], write: () => ({}) };
  const order: Order = { number: 0, wish, conduct: 'stays', repeats: false, mistakes: false };
  const right: Outcome = {
    ...{ order, id: 'job', state: 'done', wrong: [], doubles: 0, pictures: new Map([[0, 'aa']]) },
    ...{ submitMs: 5, lagsMs: [], queuedMs: 1 },
  };
  const heard: Hearing = { wrong: [], doubles: 0, restarts: 0 };
  const count = (outcome: Partial<Outcome>, hearing = heard) =>
    tally({
      outcomes: [{ ...right, ...outcome }],
      hearings: new Map([[0, hearing]]),
      book: new Map([['jeans/0', 'aa']]),
      hindrances: { refused: {}, broken: 0 },
    });

  it('counts a job that went right', () => {
    expect(count({})).toMatchObject({ submitted: 1, finished: 1, lost: 0, duplicated: 0, different: 0, wrong: [] });
  });

  it.each([
    ['one that did not end in time', { wrong: ['it did not end in time'] }, heard, { lost: 1 }],
    ['one whose tale is not whole', {}, { ...heard, wrong: ['it told no end'] }, { lost: 1 }],
    ['one that there was twice', { doubles: 1 }, heard, { duplicated: 1 }],
    ['one whose end was told twice', {}, { ...heard, doubles: 1 }, { duplicated: 1 }],
    ['another picture', { pictures: new Map([[0, 'bb']]) }, heard, { different: 1 }],
  ])('names and counts %s', (_, outcome, hearing, found) => {
    const counted = count(outcome, hearing);
    expect(counted).toMatchObject({ lost: 0, duplicated: 0, different: 0, ...found });
    expect(counted.wrong).toHaveLength(1);
  });
});

describe('what designers ask', () => {
  it('is the same for the same seed, and another for another', () => {
    const write = (seed: number) => {
      const wishes = drawWishes(seed, 16, { passes: 3 });
      return [...Array(20).keys()].map((n) => {
        const { wish, conduct } = drawOrder(seed, n, wishes);
        return { conduct, name: wish.name, request: wish.write((name) => name) };
      });
    };
    expect(write(1)).toEqual(write(1));
    expect(write(1)).not.toEqual(write(2));
  });
});

describe('figures', () => {
  it('take quantiles by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile([7], 0.99)]).toEqual([50, 99, 7]);
  });

  it('fit a line through points, and say how sure that is', () => {
    const line = [0, 1, 2, 3].map((x) => ({ x, y: 5 + 2 * x }));
    expect(fitSlope(line)).toEqual({ slope: 2, standardError: 0 });
    // residuals -0.5, 1, -0.5: s² = 1.5, over Σ(x - 1)² = 2
    const bent = [0, 1, 0].map((y, x) => ({ x, y: y * 1.5 }));
    expect(fitSlope(bent).slope).toBeCloseTo(0);
    expect(fitSlope(bent).standardError).toBeCloseTo(Math.sqrt(1.5 / 2));
  });
});
