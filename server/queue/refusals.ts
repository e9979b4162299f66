/** Why a queue takes a job not in or doesn't find it, in the same words whatever it stands on. */
import { createHash } from 'node:crypto';
import { ToileError, type GenerationRequest } from '../../shared/index.js';

/** What tells one request from another: as it was sent, so that a seed drawn anew makes no difference. */
export function digestRequest(given: GenerationRequest): string {
  return createHash('sha256').update(JSON.stringify(given)).digest('hex');
}

export function idempotencyConflict(key: string, id: string): ToileError {
  const message = `Idempotency-Key '${key}' was used for another request, generation ${id}`;
  return new ToileError('idempotency_conflict', message);
}

export function queueFull(waiting: number, limit: number): ToileError {
  const message = `${waiting} generations wait already, at most ${limit} may`;
  return new ToileError('queue_full', message, { details: { waiting, limit } });
}

export function shuttingDown(): ToileError {
  return new ToileError('shutting_down', 'the server is shutting down; try again in a moment');
}

export function unknownJob(id: string): ToileError {
  return new ToileError('unknown_job', `no generation '${id.slice(0, 40)}'`);
}
