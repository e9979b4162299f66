/** The queue of many machines, over Redis or Valkey: any process takes jobs in, finds, follows and cancels them. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue as Tickets } from 'bullmq';
import { isEnded, toToileError, type JobView } from '../../shared/index.js';
import type { NumberedEvent, Queue } from './queue.js';
import { createRedisJobs, type KeptJob } from './redis-jobs.js';
import type { RedisLink } from './redis-link.js';
import { lineUp, startRedisWorker } from './redis-worker.js';
import { digestRequest, idempotencyConflict, queueFull, quotaExceeded, shuttingDown, unknownJob } from './refusals.js';

export type RedisQueueOptions = {
  /** Open for as long as callers are answered: whoever opened it closes it after the queue. */
  link: RedisLink;
  /** What jobs take that leave it open; workers alone know. */
  defaults?: { passes: number; candidates: number };
  /** Jobs that may wait; see `roomFor`. */
  limit?: number;
  /** Jobs handed to this process's engine at once; it lets them take turns. */
  concurrency?: number;
  /** Engines of this process that share its work, to say how long jobs take. */
  engines?: number;
  now?: () => number;
  onError?: (error: unknown) => void;
};

/** Followers look this often though nothing was told: a word said while Redis was away is lost. */
const LOOK_MS = 1000;
/** A queue that closes gives Redis up when it has been away this long. */
const GIVE_UP_MS = 5000;

export function createRedisQueue(options: RedisQueueOptions): Queue {
  const { link, defaults, limit = 100, concurrency = 4, engines = 1 } = options;
  const { now = Date.now, onError = () => undefined } = options;
  const jobs = createRedisJobs(link);
  const tickets = new Tickets('jobs', {
    connection: link.commands,
    prefix: link.prefix,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    streams: { events: { maxLen: 100 } },
  });
  tickets.on('error', (error) => {
    if (link.commands.status === 'ready') onError(error);
  });
  let worker: ReturnType<typeof startRedisWorker> | undefined;
  let closing: Promise<void> | undefined;
  /** No job of this process runs any more. */
  let drained = false;

  async function lookUp(tenant: string, id: string): Promise<KeptJob> {
    const kept = /^[a-f0-9-]{36}$/.test(id) ? await link.reach(() => jobs.read(id, tenant)) : undefined;
    if (!kept) throw unknownJob(id);
    return kept;
  }

  async function look(tenant: string, id: string): Promise<JobView> {
    const { view } = await lookUp(tenant, id);
    if (isEnded(view.state)) return view;
    const { place } = await link.reach(() => jobs.readLine());
    return { ...view, ...place(id) };
  }

  async function untilLost(done: AbortSignal): Promise<void> {
    for (let awayMs = 0; awayMs < GIVE_UP_MS && !done.aborted; await delay(100)) {
      awayMs = link.commands.status === 'ready' ? 0 : awayMs + 100;
    }
  }

  return {
    async submit({ tenant, active, request, requestId, idempotencyKey }) {
      if (closing) throw shuttingDown();
      const digest = digestRequest(request.given);
      const id = idempotencyKey === undefined ? randomUUID() : idOf(tenant, idempotencyKey);
      const origin = { tenant, ...(requestId === undefined ? {} : { requestId }) };
      const job = { id, ...origin, digest, request: request.resolved, createdAt: new Date(now()).toISOString() };
      await link.reach(async () => {
        const [answer, found] = await jobs.take(job, { limit, ...(active === undefined ? {} : { active }) });
        if (answer === 'full') throw queueFull(found, limit, (await jobs.readLine()).soonestEnd());
        if (answer === 'over') throw quotaExceeded(found, active ?? 0, (await jobs.readLine()).soonestEnd(tenant));
        if (answer === 'known' && found !== digest) throw idempotencyConflict(idempotencyKey ?? '', id);
        if (answer === 'taken') {
          await jobs.tellPlaces();
          return lineUp(tickets, id, found);
        }
        // its submitter may have died before it came into line
        const kept = await jobs.read(id);
        if (kept?.view.state === 'queued') await lineUp(tickets, id, await jobs.readSlot(id));
      });
      return look(tenant, id);
    },
    known: (tenant, idempotencyKey) => link.reach(() => jobs.exists(idOf(tenant, idempotencyKey))),
    find: look,
    async cancel(tenant, id) {
      await lookUp(tenant, id);
      await link.reach(async () => {
        if (!(await jobs.end(id, { type: 'cancelled' }))) return;
        // fails for one that a worker holds, who ends it
        await tickets.remove(id).catch(onError);
        await jobs.tellPlaces();
      });
      return look(tenant, id);
    },
    async *follow(tenant, id, { lastId, signal }) {
      await lookUp(tenant, id);
      let last = lastId;
      let wake = () => {};
      let told = false;
      // listening starts before the past is told, so that nothing falls in between
      const stop = link.hear('told', (other) => {
        if (other !== id) return;
        told = true;
        wake();
      });
      signal.addEventListener('abort', () => wake());
      try {
        while (!signal.aborted) {
          const closed = drained;
          told = false;
          const { ended, events } = await catchUp(id, last);
          for (const numbered of events) {
            last = numbered.id;
            yield numbered;
          }
          // another process tells the rest of it, to a reader that comes back
          if ((ended || closed) && events.length === 0) return;
          if (events.length > 0 || told) continue;
          const woken = new Promise<void>((resolve) => (wake = resolve));
          const timer = setTimeout(() => wake(), LOOK_MS);
          await woken;
          clearTimeout(timer);
        }
      } finally {
        stop();
      }
    },
    async work(handle) {
      // a Redis that is away is no reason not to start
      if (defaults) jobs.setDefaults(defaults).catch(onError);
      worker = startRedisWorker({ link, jobs, tickets, handle, concurrency, engines, onError });
    },
    counts: () => link.reach(() => jobs.countAll()),
    async reachable() {
      if (closing) return false;
      return link
        .reach(() => link.commands.ping())
        .then(
          () => true,
          () => false,
        );
    },
    close() {
      closing ??= (async () => {
        const done = new AbortController();
        await Promise.race([worker?.close().catch(onError), untilLost(done.signal)]);
        done.abort();
        drained = true;
      })();
      return closing;
    },
  };

  /** A Redis that is away is waited for. */
  async function catchUp(id: string, last: number): Promise<{ ended: boolean; events: NumberedEvent[] }> {
    try {
      // the state comes first: what an ended job has told is all there then
      const kept = await link.reach(() => jobs.read(id));
      const events = await link.reach(() => jobs.readEvents(id, last));
      return { ended: !kept || isEnded(kept.view.state), events };
    } catch (thrown) {
      if (toToileError(thrown).code !== 'queue_unreachable') throw thrown;
      return { ended: false, events: [] };
    }
  }
}

/** The same key of the same tenant is the same job, and no other tenant's. */
function idOf(tenant: string, key: string): string {
  const hex = createHash('sha256').update(tenant).update('\0').update(key).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
