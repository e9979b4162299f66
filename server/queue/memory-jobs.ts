/** Jobs as one process holds them: made, told about, followed, and written down for the next start. */
import { randomUUID } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { z } from 'zod';
import { isEnded, jobEvent, jobView, type JobEvent, type JobView } from '../../shared/index.js';
import type { NumberedEvent, Submission } from './queue.js';

/** Everything of a job that outlives the process. */
const keptJob = z.object({
  tenant: z.string(),
  requestId: z.string().optional(),
  view: jobView,
  idempotency: z.object({ key: z.string(), digest: z.string() }).optional(),
  events: z.array(z.object({ id: z.int(), event: jobEvent })),
});

export type MemoryJob = z.infer<typeof keptJob> & {
  control: AbortController;
  emitter: EventEmitter;
  submittedAt: number;
  saved: Promise<void>;
  /** Its first time in the store, without which it is not taken in. */
  kept: Promise<void>;
  /** Of one variant, once the worker has said so. */
  passes?: number;
  /** Its place in line as it was last told. */
  told?: string;
};

/** @param digest of the request as it was sent */
export function createJob({ tenant, request, requestId, idempotencyKey }: Submission, digest: string, now: number) {
  const view: JobView = {
    id: randomUUID(),
    state: 'queued',
    progress: 0,
    request: request.resolved,
    variants: [],
    timings: {},
    createdAt: new Date(now).toISOString(),
  };
  const job: MemoryJob = { tenant, view, events: [], ...createControls(now) };
  if (requestId !== undefined) job.requestId = requestId;
  if (idempotencyKey !== undefined) job.idempotency = { key: idempotencyKey, digest };
  return job;
}

/** Where the store keeps it. */
export const placeOf = (id: string): string => `jobs/${id}.json`;

export function packJob({ tenant, requestId, view, idempotency, events }: MemoryJob): Uint8Array {
  return Buffer.from(JSON.stringify({ tenant, requestId, view, idempotency, events }));
}

/** @throws z.ZodError or SyntaxError where the bytes are no job */
export function unpackJob(bytes: Uint8Array, now: number): MemoryJob {
  return { ...keptJob.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))), ...createControls(now) };
}

export function tell(job: MemoryJob, event: JobEvent): void {
  const numbered = { id: (job.events.at(-1)?.id ?? 0) + 1, event };
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
    if (isEnded(job.view.state)) return;
    for await (const [numbered] of live) {
      const heard: NumberedEvent = numbered;
      if (heard.id <= last) continue;
      last = heard.id;
      yield heard;
      if (isEnded(job.view.state) && heard.id === job.events.at(-1)?.id) return;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    // a reader who leaves before the live part has begun would stay registered
    await live.return?.();
  }
}

function createControls(now: number) {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    control: new AbortController(),
    emitter,
    submittedAt: now,
    saved: Promise.resolve(),
    kept: Promise.resolve(),
  };
}
