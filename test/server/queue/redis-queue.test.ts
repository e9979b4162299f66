/** On a real redis-server: the contract, and what only many machines can do to each other. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ToileError, type JobView } from '../../../shared/index.js';
import type { EngineInfo } from '../../../server/engine/engine.js';
import { TAKEN_OVER, type Handler, type NumberedEvent, type Queue } from '../../../server/queue/queue.js';
import { announceEngine, createRedisEngineFacts } from '../../../server/queue/redis-engine-facts.js';
import { createRedisJobs } from '../../../server/queue/redis-jobs.js';
import { openRedis, type RedisLink } from '../../../server/queue/redis-link.js';
import { createRedisQueue } from '../../../server/queue/redis-queue.js';
import { describeQueue } from '../../contract/queue-contract.js';
import { root } from '../../support/fixtures.js';
import { describeNeeding } from '../../support/needs.js';
import { kill } from '../../support/processes.js';
import { aRedisServer, startRedis, type RedisServer } from '../../support/redis.js';
import { createSlowHandler, PASSES } from '../../support/slow-handler.js';

describeNeeding(aRedisServer, 'on a real redis-server', () => {
  let server: RedisServer;
  beforeAll(async () => void (server = await startRedis()));
  const links: RedisLink[] = [];
  afterAll(async () => {
    for (const link of links) link.close();
    await server?.close();
  });

  let prefix = '';
  const open = (patienceMs?: number): RedisLink => {
    const link = openRedis({ url: server.url, prefix, ...(patienceMs === undefined ? {} : { patienceMs }) });
    links.push(link);
    return link;
  };
  const defaults = { passes: 10, candidates: 1 };
  describeQueue('many machines', async ({ reopen, ...options }) => {
    if (!reopen) prefix = randomUUID();
    return createRedisQueue({ link: open(), defaults, ...options });
  });

  describe('processes apart', () => {
    const opened: Queue[] = [];
    /** As another process would. */
    const join = (options: { limit?: number; concurrency?: number } = {}) => {
      const queue = createRedisQueue({ link: open(), ...options });
      opened.push(queue);
      return queue;
    };
    beforeEach(() => void (prefix = randomUUID()));
    afterEach(async () => void (await Promise.all(opened.splice(0).map((queue) => queue.close()))));

    const submission = (over: { variants?: number; idempotencyKey?: string } = {}) => {
      const { variants = 1, ...rest } = over;
      const given = { prompt: 'blue jeans', variants, previews: 0 };
      return { tenant: 'a', request: { given, resolved: { ...given, seed: 7 } }, ...rest };
    };
    async function read(queue: Queue, id: string, sees: (e: NumberedEvent) => unknown = () => undefined) {
      const events = [];
      for await (const numbered of queue.follow('a', id, { lastId: 0, signal: AbortSignal.timeout(60_000) })) {
        events.push(numbered);
        await sees(numbered);
      }
      return events;
    }
    /** A worker as a process of its own. */
    async function startDoomed(): Promise<ChildProcess> {
      const outfile = path.join(root, 'dist', 'test', 'slow-worker.js');
      const entry = path.join(root, 'test', 'support', 'slow-worker.ts');
      const esm = { bundle: true, platform: 'node', format: 'esm', packages: 'external' } as const;
      await build({ ...esm, entryPoints: [entry], outfile, logLevel: 'error' });
      return spawn(process.execPath, [outfile, server.url, prefix], { stdio: ['ignore', 'ignore', 'inherit'] });
    }
    const typesOf = (events: NumberedEvent[]) => events.map(({ event }) => event.type);
    const numbersOf = (events: NumberedEvent[]) => events.map(({ id }) => id);
    const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

    it("finish a killed worker's job, with the same variants and none of them twice", async () => {
      const doomed = await startDoomed();
      const [api, other] = [join(), join()];
      const job = await api.submit(submission({ variants: 2 }));
      let killedAt = 0;
      const events = await read(api, job.id, async ({ event }) => {
        if (event.type !== 'variant' || killedAt > 0) return;
        await kill(doomed);
        killedAt = performance.now();
        await other.work(createSlowHandler());
      });
      expect(performance.now() - killedAt).toBeLessThan(30_000);
      const types = typesOf(events);
      expect(types.filter((type) => type !== 'pass')).toEqual([
        ...['queued', 'started', 'variant', 'started', 'variant', 'done'],
      ]);
      expect(numbersOf(events)).toEqual(upTo(events.length));
      const remade = await api.find('a', job.id);
      const undisturbed = await api.submit(submission({ variants: 2 }));
      await read(api, undisturbed.id);
      expect(remade).toMatchObject({ state: 'done', progress: 1 });
      expect(remade.variants).toEqual((await api.find('a', undisturbed.id)).variants);
      expect(remade.variants).toHaveLength(2);
    });

    it('give a job up that saw its worker die too often', async () => {
      const doomed = await startDoomed();
      const [api, other] = [join(), join()];
      const job = await api.submit(submission({ variants: 8 }));
      const events = await read(api, job.id, async ({ event }) => {
        if (event.type !== 'started') return;
        const link = openRedis({ url: server.url, prefix });
        // as BullMQ counts them
        await link.commands.hset(link.key('jobs', job.id), 'stc', 3);
        link.close();
        await kill(doomed);
        await other.work(createSlowHandler());
      });
      expect(typesOf(events)).not.toContain('variant');
      const error = { code: 'engine_failed', message: 'its worker died 4 times' };
      expect(await api.find('a', job.id)).toMatchObject({ state: 'failed', error });
    });

    it('cancel in one what another works on, at its next pass', async () => {
      const [api, worker] = [join(), join()];
      let passes = 0;
      await worker.work(createSlowHandler(() => passes++));
      const job = await api.submit(submission({ variants: 8 }));
      let passesThen = 0;
      const events = await read(api, job.id, async ({ event }) => {
        if (event.type !== 'pass' || event.pass !== 2) return;
        expect(await api.cancel('a', job.id)).toMatchObject({ state: 'cancelled' });
        passesThen = passes;
      });
      expect(events.at(-1)?.event.type).toBe('cancelled');
      const next = await api.submit(submission());
      await read(api, next.id);
      expect(passes).toBeLessThanOrEqual(passesThen + 1 + PASSES);
    });

    it.each([
      ['take over', TAKEN_OVER, 'running'],
      ['end', TAKEN_OVER, 'done'],
      ['cancel', expect.any(DOMException), 'cancelled'],
    ] as const)('tell a worker whose job they %s why it is to stop', async (act, reason, state) => {
      const link = open();
      const jobs = createRedisJobs(link);
      const [api, worker] = [join(), join()];
      const slow = createSlowHandler();
      let stopped: AbortSignal | undefined;
      await worker.work((job, context) => {
        stopped = context.signal;
        return slow(job, context);
      });
      const job = await api.submit(submission({ variants: 8 }));
      await expect.poll(() => stopped).toBeDefined();
      if (act === 'cancel') await jobs.end(job.id, { type: 'cancelled' });
      else await jobs.start(job.id, 'another');
      if (act === 'end') await jobs.end(job.id, { type: 'done' }, { holder: 'another' });
      await expect.poll(() => stopped?.reason).toEqual(reason);
      expect(await api.find('a', job.id)).toMatchObject({ state });
    });

    it.each(['while it ends its job', 'with no time left for its job'])(
      'replace a worker that is told to stop, %s, without making a variant twice',
      async (when) => {
        const [api, old, young] = [join(), join(), join()];
        const engineGone = new AbortController();
        const passes: string[] = [];
        const slow = createSlowHandler(() => passes.push('pass'));
        await old.work((job, context) => {
          // as an engine does that is closed under its jobs
          const gone = new Promise<never>((_, reject) => {
            engineGone.signal.addEventListener('abort', () => reject(new ToileError('cancelled', 'the engine closed')));
          });
          return Promise.race([slow(job, withoutReportsAfter(engineGone.signal, context)), gone]);
        });
        const job = await api.submit(submission({ variants: 3 }));
        const stopped: Promise<void>[] = [];
        let stoppedAt = 0;
        let pauseMs = 0;
        const events = await read(api, job.id, async ({ event }) => {
          if (event.type === 'started' && stopped.length > 0) pauseMs = performance.now() - stoppedAt;
          if (event.type !== 'variant' || stopped.length > 0) return;
          stoppedAt = performance.now();
          stopped.push(old.close());
          await young.work(createSlowHandler());
          if (when === 'with no time left for its job') engineGone.abort();
        });
        await Promise.all(stopped);
        // one that nothing wakes looks after five seconds
        expect(pauseMs).toBeLessThan(4500);
        const types = typesOf(events);
        const ending = when === 'while it ends its job' ? [] : ['started'];
        expect(types.filter((type) => type !== 'pass' && type !== 'queued')).toEqual([
          ...['started', 'variant', ...ending, 'variant', 'variant', 'done'],
        ]);
        expect(numbersOf(events)).toEqual(upTo(events.length));
        const undisturbed = await api.submit(submission({ variants: 3 }));
        await read(api, undisturbed.id);
        const made = await api.find('a', job.id);
        expect(made.variants).toEqual((await api.find('a', undisturbed.id)).variants);
        expect(made.variants).toHaveLength(3);
        await expect.poll(() => api.counts()).toEqual({ waiting: 0, running: 0 });
      },
    );

    it('lose nothing when Redis dies, say so meanwhile, and go on when it is back', async () => {
      const [api, worker] = [join(), join()];
      await worker.work(createSlowHandler());
      const jobs: JobView[] = [];
      for (let n = 0; n < 6; n++) jobs.push(await api.submit(submission({ variants: 2 })));
      const following = jobs.map(({ id }) => read(api, id));
      await read(api, jobs[0]!.id, async ({ event }) => {
        if (event.type !== 'pass' || event.variant !== 0 || event.pass !== 1) return;
        await server.kill();
        const startedAt = performance.now();
        await expect(api.submit(submission())).rejects.toMatchObject({ code: 'queue_unreachable' });
        await expect(api.find('a', jobs[0]!.id)).rejects.toMatchObject({ code: 'queue_unreachable' });
        expect(await api.reachable()).toBe(false);
        expect(performance.now() - startedAt).toBeLessThan(15_000);
        await server.start();
      });
      for (const [n, events] of (await Promise.all(following)).entries()) {
        expect(events.at(-1)?.event.type).toBe('done');
        expect(typesOf(events).filter((type) => type === 'variant')).toHaveLength(2);
        expect(numbersOf(events)).toEqual(upTo(events.length));
        expect(await api.find('a', jobs[n]!.id)).toMatchObject({ state: 'done' });
      }
      expect(await api.reachable()).toBe(true);
    });

    it('answer who asked before they were told to stop', async () => {
      const [api, other] = [join(), join()];
      await api.counts();
      const asked = upTo(10).map(() => api.submit(submission()));
      await api.close();
      const answered = await Promise.allSettled(asked);
      expect(answered.map(({ status }) => status)).toEqual(asked.map(() => 'fulfilled'));
      expect(await other.counts()).toEqual({ waiting: 10, running: 0 });
    });

    it('end their readers when they stop, who read on at another', async () => {
      const [api, other] = [join(), join()];
      const job = await api.submit(submission());
      const reading = read(api, job.id);
      await api.close();
      expect(typesOf(await reading)).toEqual(['queued']);
      await other.work(createSlowHandler());
      expect(typesOf(await read(other, job.id)).at(-1)).toBe('done');
    });

    it('pass nobody over for two who send one job after the other', async () => {
      const queue = join({ concurrency: 1 });
      const send = (tenant: string) => queue.submit({ ...submission(), tenant });
      for (let n = 0; n < 4; n++) await send('b');
      for (const tenant of ['a', 'c']) await send(tenant);
      const started: string[] = [];
      const slow = createSlowHandler();
      await queue.work(async (job, context) => {
        started.push(job.tenant);
        // the other's job has ended by now
        const others = job.tenant === 'a' ? 'c' : 'a';
        if (job.tenant !== 'b' && started.includes('c') && started.length < 10) await send(others);
        return slow(job, context);
      });
      await expect.poll(() => started.length).toBeGreaterThanOrEqual(8);
      expect(started.slice(0, 8).filter((tenant) => tenant === 'b').length).toBeGreaterThanOrEqual(3);
    });

    it('take many submissions of one key at once as one job', async () => {
      const queues = [join(), join()];
      const same = submission({ idempotencyKey: 'k' });
      const views = await Promise.all(upTo(20).map((n) => queues[n % 2]!.submit(same)));
      expect(new Set(views.map(({ id }) => id)).size).toBe(1);
    });

    it('take no job too many, however many are sent at once', async () => {
      const queues = [join({ limit: 5 }), join({ limit: 5 })];
      const sent = await Promise.allSettled(upTo(20).map((n) => queues[n % 2]!.submit(submission())));
      expect(sent.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    });

    it('take no job of a tenant beyond its quota, however many are sent at once', async () => {
      const queues = [join(), join()];
      const sent = await Promise.allSettled(upTo(20).map((n) => queues[n % 2]!.submit({ ...submission(), active: 5 })));
      expect(sent.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    });

    it('line up a job whose submitter died before it could', async () => {
      const link = openRedis({ url: server.url, prefix });
      const id = randomUUID();
      const { request } = submission();
      const job = { id, tenant: 'a', digest: '', request: request.resolved, createdAt: new Date().toISOString() };
      await createRedisJobs(link).take(job, { limit: 10 });
      link.close();
      const queue = join();
      await queue.work(createSlowHandler());
      expect(typesOf(await read(queue, id)).at(-1)).toBe('done');
    });

    it('take jobs beside one of a newer version, whose request they can not read', async () => {
      const link = openRedis({ url: server.url, prefix });
      const { request } = submission();
      const newer = { id: randomUUID(), tenant: 'b', digest: '', createdAt: new Date().toISOString() };
      await createRedisJobs(link).take({ ...newer, request: { ...request.resolved, glow: 1 } as never }, { limit: 10 });
      link.close();
      const { id } = await join().submit(submission());
      expect(await join().find('a', id)).toMatchObject({ state: 'queued', position: 0 });
    });

    it.each([
      ['took in', { version: '99.0.0', request: JSON.stringify({ ...submission().request.resolved, glow: 1 }) }],
      [
        'works on',
        { workerVersion: '99.0.0', 'variant:0': JSON.stringify({ asset: '0'.repeat(32), seed: 7, glow: 1 }) },
      ],
    ])('name the newer version that %s a job that they can not read, to its tenant alone', async (_, fields) => {
      const link = open();
      const [api, other] = [join(), join()];
      const { id } = await api.submit(submission());
      await link.commands.hset(link.key('job', id), fields);
      const newer = { code: 'newer_job', message: expect.stringContaining('99.0.0') };
      await expect(api.find('a', id)).rejects.toMatchObject(newer);
      await expect(api.find('b', id)).rejects.toMatchObject({ code: 'unknown_job' });
      // who asks the newer one hears why it came to nothing, and nobody waits for it
      await other.work(createSlowHandler());
      await expect.poll(() => api.counts()).toEqual({ waiting: 0, running: 0 });
      expect(await link.commands.hget(link.key('job', id), 'state')).toBe('failed');
    });

    it("tell how long a job waited by Redis' clock, whatever those of the machines say", async () => {
      const link = open();
      const behind = createRedisQueue({ link, now: () => Date.now() - 3_600_000 });
      opened.push(behind);
      const { id } = await behind.submit(submission());
      await link.commands.hincrby(link.key('job', id), 'submittedAt', -5000);
      await createRedisJobs(link).start(id, 'a worker');
      const { timings, createdAt } = await behind.find('a', id);
      expect(timings.queuedMs).toBeGreaterThanOrEqual(5000);
      expect(timings.queuedMs).toBeLessThan(60_000);
      expect(Date.parse(createdAt)).toBeLessThan(Date.now() - 3_000_000);
      await behind.cancel('a', id);
    });

    it('learn from workers what the engine is', async () => {
      const link = openRedis({ url: server.url, prefix });
      const facts = createRedisEngineFacts(link);
      await expect(facts.ready()).rejects.toMatchObject({ code: 'engine_failed' });
      const bundles = [{ name: 'garments', title: 'Garments', loaded: true }];
      const device = { device: 'cpu', deviceReason: 'the one there is', threads: 2, maxBatch: 1 } as const;
      const info: EngineInfo = { bundle: 'garments', bundles, ...device, defaults, loadMs: 10 };
      void announceEngine(link, info);
      await expect.poll(() => facts.ready().catch(() => undefined)).toEqual(info);
      link.close();
    });

    it('know whether a worker is up: not before the first, nor after the last has stopped', async () => {
      const { up } = createRedisEngineFacts(open());
      const [api, worker] = [join(), join()];
      await api.counts();
      expect(await up()).toBe(false);
      await worker.work(createSlowHandler());
      await expect.poll(up).toBe(true);
      await worker.close();
      expect(await up()).toBe(false);
    });

    it('count no worker as up that has said nothing for a quarter of a minute, by the clock of Redis', async () => {
      const link = open();
      const { up } = createRedisEngineFacts(link);
      await createRedisJobs(link).count(['dead'], true);
      const [seconds = 0] = await link.commands.time();
      const [said = '0'] = (await link.commands.zrange(link.key('machines'), 0, -1, 'WITHSCORES')).slice(1);
      expect(Math.abs(Number(said) - seconds * 1000)).toBeLessThanOrEqual(1000);
      expect(await up()).toBe(true);
      await link.commands.zincrby(link.key('machines'), -13_000, 'dead');
      expect(await up()).toBe(true);
      await link.commands.zincrby(link.key('machines'), -3000, 'dead');
      expect(await up()).toBe(false);
    });

    it('forget those that are long dead, the last of them too', async () => {
      const link = open();
      const jobs = createRedisJobs(link);
      const machines = link.key('machines');
      await jobs.count(['dead', 'silent'], true);
      await link.commands.zincrby(machines, -16_000, 'dead');
      await link.commands.zincrby(machines, -5000, 'silent');
      await jobs.count(['young'], true);
      expect(await link.commands.zrange(machines, 0, -1)).toEqual(['silent', 'young']);
      expect(await link.commands.pttl(machines)).toBeGreaterThan(0);
    });
  });
});

type Context = Parameters<Handler>[1];

/** An engine that is gone tells nothing more. */
function withoutReportsAfter(gone: AbortSignal, { signal, report }: Context): Context {
  return { signal, report: (heard) => (gone.aborted ? undefined : report(heard)) };
}
