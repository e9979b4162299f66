/** What every queue must do, whatever it stands on. */
import { afterEach, describe, expect, it } from 'vitest';
import { ToileError, type JobView } from '../../shared/index.js';
import type { Handler, NumberedEvent, Queue, StartedJob } from '../../server/queue/queue.js';
import { createSlowHandler } from '../support/slow-handler.js';

/** `defaults` of the queue shall be 10 passes of 1 candidate. */
export type OpenQueue = (options: {
  limit?: number;
  concurrency?: number;
  engines?: number;
  reopen?: boolean;
}) => Promise<Queue>;

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

  async function read(queue: Queue, job: JobView, { lastId = 0, tenant = 'a' } = {}): Promise<NumberedEvent[]> {
    const events = [];
    const options = { lastId, signal: AbortSignal.timeout(60_000) };
    for await (const e of queue.follow(tenant, job.id, options)) events.push(e);
    return events;
  }

  /** Works slowly; gives the ids of jobs as they start, and waits until so many have. */
  async function watchStarts(queue: Queue, count = 0): Promise<string[]> {
    const started: string[] = [];
    const slow = createSlowHandler();
    await queue.work((job, context) => {
      started.push(job.id);
      return slow(job, context);
    });
    await expect.poll(() => started.length, { interval: 5 }).toBeGreaterThanOrEqual(count);
    return started;
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
      expect((await read(queue, job, { lastId: 3 })).map(({ id }) => id)).toEqual([4, 5]);
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

    it('tells a caller nothing of what went wrong inside', async () => {
      const queue = await make();
      const thrown = ['ENOENT /secret/place', new ToileError('internal', 'ENOENT /secret/place')];
      for (const inside of [new Error(String(thrown[0])), ...thrown]) {
        await queue.work(() => Promise.reject(inside));
        const job = await queue.submit(submission());
        await read(queue, job);
        const error = { code: 'internal', message: 'something went wrong here; the log has the job' };
        expect((await queue.find('a', job.id)).error).toEqual(error);
      }
    });

    it("knows the idempotency keys of a tenant, and nobody else's", async () => {
      const queue = await make();
      await queue.submit(submission({ idempotencyKey: 'k' }));
      expect(await queue.known('a', 'k')).toBe(true);
      expect(await queue.known('a', 'other')).toBe(false);
      expect(await queue.known('b', 'k')).toBe(false);
    });

    it('answers callers after it has closed, and takes nothing more in', async () => {
      const queue = await make();
      const job = await queue.submit(submission());
      await queue.close();
      expect(await queue.find('a', job.id)).toMatchObject({ state: 'queued', position: 0 });
      await expect(queue.submit(submission())).rejects.toMatchObject({ code: 'shutting_down' });
      expect(await queue.cancel('a', job.id)).toMatchObject({ state: 'cancelled' });
      expect((await read(queue, job)).map(({ event }) => event.type)).toEqual(['queued', 'cancelled']);
    });

    it('takes the same idempotency key as the same job, and refuses it for another request', async () => {
      const queue = await make();
      const first = await queue.submit(submission({ idempotencyKey: 'k' }));
      const redrawn = { given, resolved: { ...given, seed: 99 } };
      expect((await queue.submit(submission({ idempotencyKey: 'k', request: redrawn }))).id).toBe(first.id);
      expect((await queue.submit(submission({ idempotencyKey: 'k', tenant: 'b' }))).id).not.toBe(first.id);
      const other = { given: { ...given, prompt: 'x' }, resolved: { ...given, prompt: 'x', seed: 1 } };
      const refused = queue.submit(submission({ idempotencyKey: 'k', request: other }));
      await expect(refused).rejects.toMatchObject({ code: 'idempotency_conflict', details: { job: first.id } });
    });

    it('refuses a job too many and says how many may wait', async () => {
      const queue = await make({ limit: 2 });
      await queue.submit(submission());
      expect((await queue.submit(submission())).position).toBe(1);
      await expect(queue.submit(submission())).rejects.toMatchObject({ code: 'queue_full', details: { limit: 2 } });
    });

    it('is full for nobody who has no job in it, up to twice as many', async () => {
      const queue = await make({ limit: 2 });
      for (const tenant of ['a', 'a', 'b', 'c']) await queue.submit(submission({ tenant }));
      const details = { waiting: 4, limit: 2 };
      for (const tenant of ['b', 'd']) {
        await expect(queue.submit(submission({ tenant }))).rejects.toMatchObject({ code: 'queue_full', details });
      }
    });

    it('takes in no more of a tenant at once than its quota, those that run counted, until one has ended', async () => {
      const queue = await make({ concurrency: 1 });
      const mine = (over: object = {}) => queue.submit(submission({ active: 2, ...over }));
      const [running, waiting] = [await mine({ idempotencyKey: 'k' }), await mine()];
      await watchStarts(queue, 1);
      await expect(mine()).rejects.toMatchObject({ code: 'quota_exceeded', details: { active: 2, limit: 2 } });
      // the same job is none too many, and neither is another tenant's
      expect((await mine({ idempotencyKey: 'k' })).id).toBe(running.id);
      await mine({ tenant: 'b' });
      await queue.cancel('a', waiting.id);
      await mine();
      await expect(mine()).rejects.toMatchObject({ code: 'quota_exceeded' });
      await read(queue, running);
      await mine();
    });

    it('says with a refusal when a job will have ended, once one has told how long they take', async () => {
      const queue = await make({ concurrency: 1, limit: 1 });
      await expect(async () => {
        for (;;) await queue.submit(submission({ active: 1 }));
      }).rejects.toMatchObject({ code: 'quota_exceeded', retryAfterMs: undefined });
      let first = true;
      await queue.work(async (job, context) => {
        if (!first) return endless(job, context);
        first = false;
        // 100 ms a pass
        context.report({ type: 'ended', event: { type: 'done' }, timings: { totalMs: 1000 }, passes: 10 });
      });
      await expect.poll(() => queue.counts()).toEqual({ waiting: 0, running: 0 });
      const long = { ...given, passes: 30 };
      const running = await queue.submit(submission({ request: { given: long, resolved: { ...long, seed: 3 } } }));
      await expect.poll(() => queue.counts()).toEqual({ waiting: 0, running: 1 });
      const waiting = await queue.submit(submission());
      const full = queue.submit(submission());
      await expect(full).rejects.toMatchObject({ code: 'queue_full', retryAfterMs: 3000 });
      const over = queue.submit(submission({ active: 2 }));
      await expect(over).rejects.toMatchObject({ code: 'quota_exceeded', retryAfterMs: 3000 });
      for (const { id } of [running, waiting]) await queue.cancel('a', id);
    });

    it('counts the jobs that wait and those that run', async () => {
      const queue = await make({ concurrency: 1 });
      const jobs = [await queue.submit(submission()), await queue.submit(submission())];
      expect(await queue.counts()).toEqual({ waiting: 2, running: 0 });
      await watchStarts(queue, 1);
      expect(await queue.counts()).toEqual({ waiting: 1, running: 1 });
      for (const job of jobs) await read(queue, job);
      await expect.poll(() => queue.counts()).toEqual({ waiting: 0, running: 0 });
    });

    it('hands a job over with the request that brought it, and how long it waited', async () => {
      const queue = await make();
      const named = await queue.submit(submission({ requestId: 'from-here' }));
      const nameless = await queue.submit(submission());
      const started: StartedJob[] = [];
      await queue.work((job, context) => {
        started.push(job);
        return quick(job, context);
      });
      for (const job of [named, nameless]) await read(queue, job);
      const told = started.map(({ id, requestId, queuedMs }) => [id, requestId, queuedMs >= 0]);
      expect(told).toEqual([
        [named.id, 'from-here', true],
        [nameless.id, undefined, true],
      ]);
    });

    it('lets callers take turns, and tells each its real place', async () => {
      const queue = await make({ concurrency: 1 });
      const of = (tenant: string) => queue.submit(submission({ tenant }));
      const first = [await of('a'), await of('a'), await of('a')];
      const others = [await of('b'), await of('b')];
      const turns = [first[0], others[0], first[1], others[1], first[2]].map((job) => job?.id ?? '');
      for (const [position, id] of turns.entries()) {
        const tenant = others.some((job) => job.id === id) ? 'b' : 'a';
        expect(await queue.find(tenant, id)).toMatchObject({ position });
      }
      const started = await watchStarts(queue);
      await read(queue, first[2]!);
      expect(started).toEqual(turns);
      const told = (await read(queue, first[1]!)).flatMap(({ event }) =>
        event.type === 'queued' ? event.position : [],
      );
      expect(told.slice(0, 2)).toEqual([1, 2]);
    });

    it.each([1, 4])(
      "starts a tenant's first job before any more of another's hundred, %i at once",
      async (concurrency) => {
        const queue = await make({ concurrency, limit: 100 });
        for (let n = 0; n < 100; n++) await queue.submit(submission());
        const started = await watchStarts(queue, concurrency);
        const before = started.length;
        const newcomer = await queue.submit(submission({ tenant: 'b' }));
        expect(newcomer.position ?? 0).toBe(0);
        await read(queue, newcomer, { tenant: 'b' });
        expect(started.indexOf(newcomer.id)).toBe(before);
      },
    );

    it.each(['each at once', 'first to last', 'beside one that stays'])(
      'counts jobs that were cancelled while they waited as no turns had, %s',
      async (how) => {
        const queue = await make();
        for (let n = 0; n < 30; n++) await queue.submit(submission({ tenant: 'b' }));
        if (how === 'beside one that stays') await queue.submit(submission());
        const sent = [];
        for (let n = 0; n < 40; n++) {
          const job = await queue.submit(submission());
          if (how === 'first to last') sent.push(job);
          else await queue.cancel('a', job.id);
        }
        for (const { id } of sent) await queue.cancel('a', id);
        const { position } = await queue.submit(submission());
        expect(position).toBe(how === 'beside one that stays' ? 3 : 1);
      },
    );

    it('lets no cancelled job have more than the pass that it is in', async () => {
      const queue = await make({ concurrency: 1 });
      const passes: string[] = [];
      await queue.work(createSlowHandler((id) => passes.push(id)));
      const long = { ...given, variants: 8 };
      const job = await queue.submit(submission({ request: { given: long, resolved: { ...long, seed: 3 } } }));
      await expect.poll(() => passes.length, { interval: 5 }).toBeGreaterThanOrEqual(2);
      await queue.cancel('a', job.id);
      const then = passes.length;
      await read(queue, await queue.submit(submission()));
      expect(passes.filter((id) => id === job.id).length).toBeLessThanOrEqual(then + 1);
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

    it('spreads the jobs before one over all engines when it says how long that will take', async () => {
      const queue = await make({ concurrency: 1, engines: 4 });
      const first = await queue.submit(submission());
      await queue.work(async (job, context) => {
        if (job.id !== first.id) return endless(job, context);
        // 100 ms a pass
        context.report({ type: 'ended', event: { type: 'done' }, timings: { totalMs: 1000 }, passes: 10 });
      });
      await read(queue, first);
      const running = await queue.submit(submission());
      await expect.poll(() => queue.counts()).toEqual({ waiting: 0, running: 1 });
      const waiting = await queue.submit(submission());
      expect(waiting).toMatchObject({ position: 0, estimateMs: 1000 + 1000 / 4 });
      for (const { id } of [running, waiting]) await queue.cancel('a', id);
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
