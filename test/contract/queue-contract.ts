/** What every queue must do, whatever it stands on. */
import { afterEach, describe, expect, it } from 'vitest';
import { ToileError, type JobView } from '../../shared/index.js';
import type { Handler, NumberedEvent, Queue } from '../../server/queue/queue.js';

/** `defaults` of the queue shall be 10 passes of 1 candidate. */
export type OpenQueue = (options: { limit?: number; concurrency?: number; reopen?: boolean }) => Promise<Queue>;

export function describeQueue(name: string, open: OpenQueue): void {
  const opened: Queue[] = [];
  const make = async (options: Parameters<OpenQueue>[0] = {}) => {
    const queue = await open(options);
    opened.push(queue);
    return queue;
  };
  afterEach(async () => void (await Promise.all(opened.splice(0).map((queue) => queue.close()))));

  const given = { prompt: 'blue jeans', variants: 1, previews: 0 };
  const submission = (over: object = {}) => ({
    tenant: 'a',
    request: { given, resolved: { ...given, seed: 3 } },
    ...over,
  });
  const place = { width: 256, height: 256, x: 0, y: 0 };
  const variant = { asset: '0'.repeat(32), seed: 3, relevance: 0.5, fidelity: 0.5, passes: 1, ...place };

  /** Makes one variant and ends. */
  const quick: Handler = async (_, { report }) => {
    report({ type: 'event', event: { type: 'pass', variant: 0, pass: 1, passes: 1 }, progress: 0.9 });
    report({ type: 'event', event: { type: 'variant', variant: 0, ...variant }, progress: 1 });
    report({ type: 'ended', event: { type: 'done' }, timings: { totalMs: 1 }, passes: 1 });
  };

  /** Goes on until it is cancelled. */
  const endless: Handler = (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new ToileError('cancelled', 'cancelled')));
    });

  async function read(queue: Queue, job: JobView, lastId = 0): Promise<NumberedEvent[]> {
    const events = [];
    for await (const e of queue.follow('a', job.id, { lastId, signal: AbortSignal.timeout(5000) })) events.push(e);
    return events;
  }

  describe(`${name} as a queue`, () => {
    it('works a job off and tells each event once, numbered upwards', async () => {
      const queue = await make();
      const job = await queue.submit(submission());
      const following = read(queue, job);
      await queue.work(quick);
      const events = await following;
      expect(events.map(({ event }) => event.type)).toEqual(['queued', 'started', 'pass', 'variant', 'done']);
      expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
      expect(await queue.find('a', job.id)).toMatchObject({ state: 'done', progress: 1, variants: [variant] });
    });

    it('tells a late reader everything, and one that comes back what it missed', async () => {
      const queue = await make();
      await queue.work(quick);
      const job = await queue.submit(submission());
      expect((await read(queue, job)).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
      expect((await read(queue, job, 3)).map(({ id }) => id)).toEqual([4, 5]);
    });

    it('cancels a waiting job and a running one, and changes nothing about an ended one', async () => {
      const queue = await make({ concurrency: 1 });
      const [running, waiting] = [await queue.submit(submission()), await queue.submit(submission())];
      await queue.work(endless);
      expect(await queue.cancel('a', waiting.id)).toMatchObject({ state: 'cancelled' });
      expect(await queue.cancel('a', running.id)).toMatchObject({ state: 'cancelled' });
      expect(await queue.cancel('a', running.id)).toMatchObject({ state: 'cancelled' });
      expect((await read(queue, running)).at(-1)?.event.type).toBe('cancelled');
    });

    it('records a failure with its code', async () => {
      const queue = await make();
      await queue.work(() => Promise.reject(new ToileError('engine_failed', 'it died')));
      const job = await queue.submit(submission());
      await read(queue, job);
      const error = { code: 'engine_failed', message: 'it died' };
      expect(await queue.find('a', job.id)).toMatchObject({ state: 'failed', error });
    });

    it('takes the same idempotency key as the same job, and refuses it for another request', async () => {
      const queue = await make();
      const first = await queue.submit(submission({ idempotencyKey: 'k' }));
      const redrawn = { given, resolved: { ...given, seed: 99 } };
      expect((await queue.submit(submission({ idempotencyKey: 'k', request: redrawn }))).id).toBe(first.id);
      expect((await queue.submit(submission({ idempotencyKey: 'k', tenant: 'b' }))).id).not.toBe(first.id);
      const other = { given: { ...given, prompt: 'x' }, resolved: { ...given, prompt: 'x', seed: 1 } };
      const refused = queue.submit(submission({ idempotencyKey: 'k', request: other }));
      await expect(refused).rejects.toMatchObject({ code: 'idempotency_conflict' });
    });

    it('refuses a job too many and says how many may wait', async () => {
      const queue = await make({ limit: 2 });
      await queue.submit(submission());
      expect((await queue.submit(submission())).position).toBe(1);
      await expect(queue.submit(submission())).rejects.toMatchObject({ code: 'queue_full', details: { limit: 2 } });
    });

    it('tells the jobs behind a cancelled one that they have moved up', async () => {
      const queue = await make();
      const [first, second] = [await queue.submit(submission()), await queue.submit(submission())];
      await queue.cancel('a', first.id);
      expect(await queue.find('a', second.id)).toMatchObject({ position: 0 });
      await queue.work(quick);
      const told = (await read(queue, second)).flatMap(({ event }) => (event.type === 'queued' ? event.position : []));
      expect(told).toEqual([1, 0]);
    });

    it('says how long a job will take, once one has ended', async () => {
      const queue = await make({ concurrency: 1 });
      const asked = { given, resolved: { ...given, variants: 2, candidates: 3, seed: 3 } };
      const before = await queue.submit(submission());
      expect(before).not.toHaveProperty('estimateMs');
      let halfWay = () => {};
      const half = new Promise<void>((resolve) => (halfWay = resolve));
      await queue.work(async (job, context) => {
        if (job.id === before.id) {
          const timings = { passesMs: 300, decodeMs: 100, totalMs: 9000 };
          return context.report({ type: 'ended', event: { type: 'done' }, timings, passes: 4 });
        }
        // the worker counts another number of passes than the request says: 20 for each of two variants
        const event = { type: 'pass', variant: 0, pass: 20, passes: 20 } as const;
        context.report({ type: 'event', event, progress: 0.5 });
        halfWay();
        return endless(job, context);
      });
      await read(queue, before);
      expect(await queue.find('a', before.id)).not.toHaveProperty('estimateMs');
      const running = await queue.submit(submission({ request: asked }));
      await half;
      // 100 ms a pass, waiting left out, of which 20 of 40 are left
      expect(await queue.find('a', running.id)).toMatchObject({ state: 'running', estimateMs: 2000 });
      // 10 passes by default, three times for three candidates, for each of two variants
      const waiting = await queue.submit(submission({ request: asked }));
      expect(waiting).toMatchObject({ position: 0, estimateMs: 2000 + 6000 });
      const last = await queue.submit(submission());
      expect(last).toMatchObject({ position: 1, estimateMs: 2000 + 6000 + 1000 });
      await queue.cancel('a', waiting.id);
      expect(await queue.cancel('a', waiting.id)).not.toHaveProperty('estimateMs');
      await queue.cancel('a', running.id);
      await queue.cancel('a', last.id);
      const told = (await read(queue, last)).flatMap(({ event }) => (event.type === 'queued' ? event.estimateMs : []));
      expect(told.slice(0, 2)).toEqual([9000, 3000]);
    });

    it('hides a job from another tenant', async () => {
      const queue = await make();
      const job = await queue.submit(submission());
      await expect(queue.find('b', job.id)).rejects.toMatchObject({ code: 'unknown_job' });
      await expect(queue.cancel('b', job.id)).rejects.toMatchObject({ code: 'unknown_job' });
    });

    it('finds waiting and running jobs again after a restart, and ended ones too', async () => {
      const before = await make({ concurrency: 1 });
      const done = await before.submit(submission());
      await before.work(async (job, context) => {
        if (job.id === done.id) return quick(job, context);
        // as the engine does when it closes under a running job
        await new Promise((resolve) => setTimeout(resolve, 50));
        throw new ToileError('cancelled', 'the engine was closed');
      });
      const running = await before.submit(submission());
      const waiting = await before.submit(submission());
      await before.close();
      const after = await make({ reopen: true });
      await after.work(quick);
      for (const job of [running, waiting, done]) {
        await read(after, await after.find('a', job.id));
        expect(await after.find('a', job.id)).toMatchObject({ state: 'done' });
      }
    });
  });
}
