/** Jobs in line, tenants taking turns: taken in, found again, followed and cancelled by many; worked off by one, or by many machines. */
import type { GenerationRequest, JobEvent, JobView, ResolvedRequest } from '../../shared/index.js';

export type NumberedEvent = { id: number; event: JobEvent };

/** `given` is what the caller sent, which may lack a seed; `resolved` is what will be made. */
export type Submission = {
  tenant: string;
  /** Jobs of the tenant that may wait or run, this one among them; absent: as many as the queue takes. */
  active?: number;
  /** Of the request that brought it, for the logs of whoever works it off. */
  requestId?: string;
  request: { given: GenerationRequest; resolved: ResolvedRequest };
  idempotencyKey?: string;
};

/** What the worker reports of a job under way. `passes` are all that ran. */
export type Report =
  | { type: 'event'; event: JobEvent; progress: number }
  | { type: 'ended'; event: JobEvent & { type: 'done' | 'failed' }; timings: JobView['timings']; passes: number };

export interface Queue {
  /**
   * Takes a job in; the same idempotency key with the same request is the same job.
   * @throws ToileError `queue_full`, `quota_exceeded`, `idempotency_conflict`, `shutting_down`; like all below, `queue_unreachable`
   */
  submit(submission: Submission): Promise<JobView>;
  /** Whether a submission of this key would be the same job as an earlier one, or conflict with it. */
  known(tenant: string, idempotencyKey: string): Promise<boolean>;
  /** @throws ToileError `unknown_job`, for another tenant's job too, and `newer_job`; so do those below that name a job */
  find(tenant: string, id: string): Promise<JobView>;
  /** Takes effect at the next pass. Cancelling an ended job changes nothing. @throws ToileError `unknown_job` */
  cancel(tenant: string, id: string): Promise<JobView>;
  /** Events after `lastId`, then those to come, until the job has ended. @throws ToileError `unknown_job` */
  follow(tenant: string, id: string, options: { lastId: number; signal: AbortSignal }): AsyncIterable<NumberedEvent>;
  /**
   * Starts working jobs off with `handle`, which rejects when a job fails; jobs left by an earlier run come first. Resolves
   * when those are in line. Until then they are found all the same, and whoever submits waits for it.
   */
  work(handle: Handler): Promise<void>;
  /** How many jobs wait and how many run, in all of the queue. */
  counts(): Promise<{ waiting: number; running: number }>;
  /** Whether jobs can be taken in at all. */
  reachable(): Promise<boolean>;
  /**
   * Stops taking jobs in and waits for the running ones. Waiting ones stay for the next start. Callers are answered on, those
   * whose jobs were taken in before among them.
   */
  close(): Promise<void>;
}

/** `queuedMs` went by before it was started. */
export type StartedJob = {
  id: string;
  tenant: string;
  request: ResolvedRequest;
  requestId?: string;
  queuedMs: number;
};

/** The reason of a handler's signal where another worker has the job by now; it is cancelled otherwise. */
export const TAKEN_OVER = 'taken_over';

export type Handler = (
  job: StartedJob,
  context: { signal: AbortSignal; report: (report: Report) => void },
) => Promise<void>;
