/** Why a queue takes a job not in, doesn't find it or didn't end it well, in the same words whatever it stands on. */
import { createHash } from 'node:crypto';
import { toToileError, ToileError, type GenerationRequest, type JobView } from '../../shared/index.js';
import { version } from '../config.js';

/** What tells one request from another: as it was sent, so that a seed drawn anew makes no difference. */
export function digestRequest(given: GenerationRequest): string {
  return createHash('sha256').update(JSON.stringify(given)).digest('hex');
}

export function idempotencyConflict(key: string, id: string): ToileError {
  const message = `Idempotency-Key '${key}' was used for another request, generation ${id}`;
  return new ToileError('idempotency_conflict', message, { details: { job: id } });
}

/**
 * How many jobs may wait for one more to be taken in: `limit`, and as many again for tenants that have no job at all, so
 * that those with many shut nobody out.
 * @param active the tenant's own jobs that wait or run
 */
export function roomFor(limit: number, active: number): number {
  return active === 0 ? 2 * limit : limit;
}

/** @param retryAfterMs until the first of those that run ends, where that can be told */
export function queueFull(waiting: number, limit: number, retryAfterMs?: number): ToileError {
  const message = `${waiting} generations wait already, at most ${limit} may`;
  return new ToileError('queue_full', message, { details: { waiting, limit }, retryAfterMs });
}

/** @param retryAfterMs until the first of the tenant's own ends, where that can be told */
export function quotaExceeded(active: number, limit: number, retryAfterMs?: number): ToileError {
  const message = `${active} of your generations wait or run already, at most ${limit} may`;
  return new ToileError('quota_exceeded', message, { details: { active, limit }, retryAfterMs });
}

export function shuttingDown(): ToileError {
  return new ToileError('shutting_down', 'the server is shutting down; try again in a moment');
}

/** A job that saw its worker die more often is given up: it may be what kills it. */
export const MAX_DEATHS = 3;

/** What its caller is told then. */
export function diedTooOften(): NonNullable<JobView['error']> {
  return { code: 'engine_failed', message: `its worker died ${MAX_DEATHS + 1} times` };
}

/** What a job's caller is told of what its handler threw: of what went wrong inside, nothing but that. */
export function describeFailure(thrown: unknown): NonNullable<JobView['error']> {
  const { code, message } = toToileError(thrown);
  return { code, message: code === 'internal' ? 'something went wrong here; the log has the job' : message };
}

export function unknownJob(id: string): ToileError {
  return new ToileError('unknown_job', `no generation '${id.slice(0, 40)}'`);
}

/**
 * What is thrown of a job that is kept and can't be read: `newer_job` where a newer version wrote it, as happens while
 * servers are upgraded one after another, or else the reason.
 * @param writers versions that wrote parts of it
 */
export function explainUnreadable(id: string, writers: (string | undefined)[], reason: Error): Error {
  const newer = writers.find((writer = '') => writer.localeCompare(version, 'en', { numeric: true }) > 0);
  if (newer === undefined) return reason;
  const message = `generation '${id}' was written by Toile ${newer}, and this is ${version}; upgrade it, or ask a server that is`;
  return new ToileError('newer_job', message, { details: { version: newer }, cause: reason });
}
