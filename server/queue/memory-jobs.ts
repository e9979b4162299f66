/** Jobs as one process holds them: made, told about, followed, and written down for the next start. */
import { randomUUID } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { z } from 'zod';
import { isEnded, jobEvent, jobView, type JobEvent, type JobView } from '../../shared/index.js';
import { version } from '../config.js';
import type { NumberedEvent, Submission } from './queue.js';
import { explainUnreadable } from './refusals.js';

/** What every version writes down. */
const keptHead = z.object({
  tenant: z.string(),
  /** Of Toile; the first ones wrote none. */
  version: z.string().optional(),
  view: z.object({ id: z.string() }),
});

/** Everything of a job that outlives the process. */
const keptJob = z.object({
  tenant: z.string(),
  requestId: z.string().optional(),
  view: jobView,
  idempotency: z.object({ key: z.string(), digest: z.string() }).optional(),
  events: z.array(z.object({ id: z.int(), event: jobEvent })),
  /** No event that was told has a greater id, as far as was known when it was written down. */
  toldUpTo: z.int().default(0),
  /** Processes that ended under it, those that handed it back left out. */
  deaths: z.int().default(0),
});

/** What of it tells which assets it needs; of none that has ended. */
export const liveJob = keptJob.pick({ tenant: true }).extend({
  view: jobView.pick({ state: true, request: true }).refine(({ state }) => !isEnded(state)),
});

export type MemoryJob = z.infer<typeof keptJob> & {
  control: AbortController;
  emitter: EventEmitter;
  /** By a clock that nobody sets: milliseconds from any start. */
  submittedAt: number;
  saved: Promise<void>;
  /** Its first time in the store, without which it is not taken in. */
  kept: Promise<void>;
  /** Of one variant, once the worker has said so. */
  passes?: number;
  /** Its place in line as it was last told. */
  told?: string;
};

/**
 * Events that were told and not written down when a process ended, at most. Their ids are not given again, or a reader who
 * heard them would take those of the next process for old ones.
 */
const UNWRITTEN = 1_000_000;

/** What tells the time of day, and how long something takes, which a clock that is set would tell wrongly. Milliseconds. */
export type Clocks = { now: () => number; elapsed: () => number };

/** @param digest of the request as it was sent */
export function createJob(
  { tenant, request, requestId, idempotencyKey }: Submission,
  digest: string,
  { now, elapsed }: Clocks,
): MemoryJob {
  const view: JobView = {
    id: randomUUID(),
    state: 'queued',
    progress: 0,
    request: request.resolved,
    variants: [],
    timings: {},
    createdAt: new Date(now()).toISOString(),
  };
  const job: MemoryJob = { tenant, view, events: [], deaths: 0, ...createControls(elapsed()) };
  if (requestId !== undefined) job.requestId = requestId;
  if (idempotencyKey !== undefined) job.idempotency = { key: idempotencyKey, digest };
  return job;
}

/** Where the store keeps jobs, and each of them. */
export const JOBS_PLACE = 'jobs/';
export const placeOf = (id: string): string => `${JOBS_PLACE}${id}.json`;

export function packJob({ tenant, requestId, view, idempotency, events, toldUpTo, deaths }: MemoryJob): Uint8Array {
  return Buffer.from(JSON.stringify({ tenant, version, requestId, view, idempotency, events, toldUpTo, deaths }));
}

/**
 * A job as it was written down last; one that was running then has seen its process die.
 * @param tenant absent: anybody
 * @returns undefined for another tenant's
 * @throws ToileError `newer_job`, and z.ZodError or SyntaxError where the bytes are no job
 */
export function unpackJob(bytes: Uint8Array, { now, elapsed }: Clocks, tenant?: string): MemoryJob | undefined {
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  const head = keptHead.parse(value);
  if (tenant !== undefined && head.tenant !== tenant) return undefined;
  const { data: kept, error } = keptJob.safeParse(value);
  if (error) throw explainUnreadable(head.view.id, [head.version], error);
  const last = Math.max(kept.toldUpTo, kept.events.at(-1)?.id ?? 0);
  const toldUpTo = isEnded(kept.view.state) ? last : last + UNWRITTEN;
  const waitedMs = Math.max(0, now() - Date.parse(kept.view.createdAt));
  const deaths = kept.deaths + (kept.view.state === 'running' ? 1 : 0);
  return { ...kept, ...createControls(elapsed() - waitedMs), toldUpTo, deaths };
}

export function tell(job: MemoryJob, event: JobEvent): void {
  const numbered = { id: ++job.toldUpTo, event };
  job.events.push(numbered);
  job.emitter.emit('event', numbered);
}

/** Events after `lastId`, then those to come, until the job has ended. */
export async function* follow(
  job: MemoryJob,
  { lastId, signal }: { lastId: number; signal: AbortSignal },
): AsyncGenerator<NumberedEvent> {
  // listening starts before the past is told, so that nothing falls in between
  const live = on(job.emitter, 'event', { signal });
  let last = lastId;
  try {
    for (const numbered of job.events.filter((e) => e.id > lastId)) {
      last = numbered.id;
      yield numbered;
    }
    // more may have come while the past was told
    if (isEnded(job.view.state) && last >= job.toldUpTo) return;
    for await (const [numbered] of live) {
      const heard: NumberedEvent = numbered;
      if (heard.id > last) yield heard;
      last = Math.max(last, heard.id);
      if (isEnded(job.view.state) && heard.id === job.toldUpTo) return;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    // a reader who leaves before the live part has begun would stay registered
    await live.return?.();
  }
}

function createControls(submittedAt: number) {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    control: new AbortController(),
    emitter,
    submittedAt,
    toldUpTo: 0,
    saved: Promise.resolve(),
    kept: Promise.resolve(),
  };
}
