/** The queue of one process. Jobs are also written to the store, so that a restarted server finds them. */
import { randomUUID } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { z } from 'zod';
import {
  isEnded,
  jobEvent,
  jobVariant,
  jobView,
  toToileError,
  type JobEvent,
  type JobView,
} from '../../shared/index.js';
import type { Store } from '../store/store.js';
import { createPace } from './pace.js';
import type { Handler, NumberedEvent, Queue, Report, Submission } from './queue.js';
import { digestRequest, idempotencyConflict, queueFull, shuttingDown, unknownJob } from './refusals.js';

export type MemoryQueueOptions = {
  store: Store;
  /** What jobs take that leave it open, to say how long they will. */
  defaults: { passes: number; candidates: number };
  /** Jobs that may wait; one more is refused. */
  limit?: number;
  /** Jobs handed to the engine at once; it lets them take turns. */
  concurrency?: number;
  now?: () => number;
  onError?: (error: unknown) => void;
};

/** Everything of a job that outlives the process. */
const keptJob = z.object({
  tenant: z.string(),
  view: jobView,
  idempotency: z.object({ key: z.string(), digest: z.string() }).optional(),
  events: z.array(z.object({ id: z.int(), event: jobEvent })),
});

type Job = z.infer<typeof keptJob> & {
  control: AbortController;
  emitter: EventEmitter;
  submittedAt: number;
  saved: Promise<void>;
  /** Of one variant, once the worker has said so. */
  passes?: number;
};

/** Ended jobs kept in memory; older ones are forgotten there, and stay in the store. */
const KEPT_ENDED = 1000;

export function createMemoryQueue(options: MemoryQueueOptions): Queue {
  const { store, defaults, limit = 100, concurrency = 4, now = Date.now, onError = () => undefined } = options;
  const jobs = new Map<string, Job>();
  const waiting: Job[] = [];
  const running = new Set<Promise<void>>();
  const pace = createPace(defaults);
  let handler: Handler | undefined;
  let closed = false;

  function save(job: Job): void {
    const { tenant, view, idempotency, events } = job;
    const bytes = Buffer.from(JSON.stringify({ tenant, view, idempotency, events }));
    // one write after the other, so that the last one wins
    job.saved = job.saved.then(() => store.put(`jobs/${view.id}.json`, bytes)).catch(onError);
  }

  function tell(job: Job, event: JobEvent): void {
    const numbered = { id: (job.events.at(-1)?.id ?? 0) + 1, event };
    job.events.push(numbered);
    job.emitter.emit('event', numbered);
  }

  function tellWaiting(from = 0): void {
    for (const [position, job] of waiting.entries()) {
      if (position >= from) tell(job, { type: 'queued', position, ...estimate(job) });
    }
  }

  function estimate(job: Job): { estimateMs?: number } {
    const place = waiting.indexOf(job);
    const estimateMs = pace.estimate(job, {
      running: [...jobs.values()].filter((other) => other !== job && other.view.state === 'running'),
      waiting: place < 0 ? undefined : waiting.slice(0, place),
    });
    return estimateMs === undefined ? {} : { estimateMs };
  }

  function end(job: Job, event: JobEvent & { type: 'done' | 'failed' | 'cancelled' }): void {
    if (isEnded(job.view.state)) return;
    job.view.state = event.type;
    if (event.type === 'failed') job.view.error = event.error;
    if (event.type === 'done') job.view.progress = 1;
    tell(job, event);
    save(job);
    const ended = [...jobs.values()].filter(({ view }) => isEnded(view.state));
    for (const old of ended.slice(0, Math.max(0, ended.length - KEPT_ENDED))) jobs.delete(old.view.id);
  }

  function startNext(): void {
    while (handler && !closed && running.size < concurrency) {
      const job = waiting.shift();
      if (!job) return;
      const run = runJob(job, handler).finally(() => {
        running.delete(run);
        startNext();
      });
      running.add(run);
    }
  }

  async function runJob(job: Job, handle: Handler): Promise<void> {
    const { view } = job;
    view.state = 'running';
    view.timings.queuedMs = now() - job.submittedAt;
    tell(job, { type: 'started' });
    save(job);
    tellWaiting();
    const report = (heard: Report): void => {
      if (isEnded(view.state)) return;
      if (heard.type === 'ended') {
        Object.assign(view.timings, heard.timings);
        pace.learn(heard.timings, heard.passes);
        return end(job, heard.event);
      }
      view.progress = heard.progress;
      if (heard.event.type === 'pass') job.passes = heard.event.passes;
      if (heard.event.type === 'variant') {
        view.variants[heard.event.variant] = jobVariant.parse(heard.event);
        save(job);
      }
      tell(job, heard.event);
    };
    try {
      await handle({ id: view.id, tenant: job.tenant, request: view.request }, { signal: job.control.signal, report });
    } catch (thrown) {
      const { code, message } = toToileError(thrown);
      // closing the server cancels nothing: the job is found again at the next start
      if (code === 'cancelled' && !job.control.signal.aborted) {
        view.state = 'queued';
        return save(job);
      }
      end(job, code === 'cancelled' ? { type: 'cancelled' } : { type: 'failed', error: { code, message } });
      if (code === 'internal') onError(thrown);
    }
  }

  function lookUp(tenant: string, id: string): Job {
    const job = jobs.get(id);
    if (!job || job.tenant !== tenant) throw unknownJob(id);
    return job;
  }

  async function recall(tenant: string, id: string): Promise<Job> {
    if (!jobs.has(id) && /^[a-f0-9-]{36}$/.test(id)) {
      const bytes = await store.get(`jobs/${id}.json`);
      if (bytes) revive(bytes);
    }
    return lookUp(tenant, id);
  }

  function revive(bytes: Uint8Array): Job {
    const kept = keptJob.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    const job = { ...kept, ...fresh() };
    jobs.set(job.view.id, job);
    return job;
  }

  const fresh = () => {
    const emitter = new EventEmitter();
    emitter.setMaxListeners(0);
    return { control: new AbortController(), emitter, submittedAt: now(), saved: Promise.resolve() };
  };

  const look = (job: Job): JobView => {
    const position = waiting.indexOf(job);
    const estimated = isEnded(job.view.state) ? {} : estimate(job);
    return structuredClone({ ...job.view, ...(position >= 0 ? { position } : {}), ...estimated });
  };

  return {
    async submit({ tenant, request, idempotencyKey }: Submission) {
      const digest = digestRequest(request.given);
      if (idempotencyKey !== undefined) {
        const same = [...jobs.values()].find((j) => j.tenant === tenant && j.idempotency?.key === idempotencyKey);
        if (same?.idempotency?.digest === digest) return look(same);
        if (same) throw idempotencyConflict(idempotencyKey, same.view.id);
      }
      if (closed) throw shuttingDown();
      if (waiting.length >= limit) throw queueFull(waiting.length, limit);
      const view: JobView = {
        id: randomUUID(),
        state: 'queued',
        progress: 0,
        request: request.resolved,
        variants: [],
        timings: {},
        createdAt: new Date(now()).toISOString(),
      };
      const idempotency = idempotencyKey === undefined ? {} : { idempotency: { key: idempotencyKey, digest } };
      const job: Job = { tenant, view, ...idempotency, events: [], ...fresh() };
      jobs.set(view.id, job);
      waiting.push(job);
      tellWaiting(waiting.length - 1);
      save(job);
      await job.saved;
      startNext();
      return look(job);
    },
    async find(tenant, id) {
      return look(await recall(tenant, id));
    },
    async cancel(tenant, id) {
      const job = await recall(tenant, id);
      job.control.abort();
      const at = waiting.indexOf(job);
      if (at >= 0) waiting.splice(at, 1);
      end(job, { type: 'cancelled' });
      if (at >= 0) tellWaiting(at);
      return look(job);
    },
    async *follow(tenant, id, { lastId, signal }) {
      const job = await recall(tenant, id);
      // listening starts before the past is told, so that nothing falls in between
      const live = on(job.emitter, 'event', { signal });
      let last = lastId;
      for (const numbered of job.events.filter((e) => e.id > lastId)) {
        last = numbered.id;
        yield numbered;
      }
      if (isEnded(job.view.state)) return;
      try {
        for await (const [numbered] of live) {
          const heard: NumberedEvent = numbered;
          if (heard.id <= last) continue;
          last = heard.id;
          yield heard;
          if (isEnded(job.view.state) && heard.id === job.events.at(-1)?.id) return;
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    async work(handle) {
      handler = handle;
      for (const key of await store.list('jobs/')) {
        const bytes = await store.get(key);
        if (!bytes) continue;
        try {
          const kept = keptJob.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
          if (isEnded(kept.view.state) || jobs.has(kept.view.id)) continue;
          const job = revive(bytes);
          Object.assign(job.view, { state: 'queued', progress: 0 });
          waiting.push(job);
        } catch (error) {
          onError(error);
        }
      }
      waiting.sort((a, b) => a.view.createdAt.localeCompare(b.view.createdAt));
      startNext();
    },
    async reachable() {
      return !closed;
    },
    async close() {
      closed = true;
      await Promise.all(running);
      await Promise.all([...jobs.values()].map((job) => job.saved));
    },
  };
}
