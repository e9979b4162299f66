import { describe, expect, it } from 'vitest';
import { createJob, follow, tell } from '../../../server/queue/memory-jobs.js';

const given = { variants: 1, previews: 0 };
const make = () =>
  createJob({ tenant: 'a', request: { given, resolved: { ...given, seed: 1 } } }, 'digest', {
    now: Date.now,
    elapsed: () => performance.now(),
  });

describe('following a job', () => {
  it('leaves nothing listening to a job that had ended', async () => {
    const job = make();
    tell(job, { type: 'done' });
    job.view.state = 'done';
    const events = [];
    for await (const { event } of follow(job, { lastId: 0, signal: new AbortController().signal })) events.push(event);
    expect(events).toEqual([{ type: 'done' }]);
    expect(job.emitter.eventNames()).toEqual([]);
  });

  it('leaves nothing listening when its reader goes away in the past', async () => {
    const job = make();
    for (const position of [2, 1]) tell(job, { type: 'queued', position });
    for await (const { id } of follow(job, { lastId: 0, signal: new AbortController().signal })) if (id === 1) break;
    expect(job.emitter.eventNames()).toEqual([]);
  });
});
