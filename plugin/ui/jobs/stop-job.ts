/**
 * Has a server stop a job that was cancelled, also one that it may never have heard of: what was sent for it without an
 * answer is sent again, which under its key is the same job, and tells its id.
 */
import type { UntoldJob } from '../../messages.js';
import type { Client } from '../client/client.js';
import { passes, type PersistOptions } from '../client/persist.js';
import { PanelError, toProblem, type Problem } from '../problem.js';

export type StopOptions = Pick<PersistOptions, 'signal' | 'onWait' | 'final'>;

/** For as long as the server is away. @throws PanelError where it fails at it, so that it may still work on the job */
export async function stopJob(
  client: Client,
  { job, submission }: UntoldJob,
  options: StopOptions = {},
): Promise<void> {
  const patience = { ...options, patient: true };
  try {
    const id = job ?? (submission && (await findJob(client, submission, patience)));
    if (id !== undefined) await client.cancel(id, patience);
  } catch (thrown) {
    if (toProblem(thrown).code !== 'unknown_job') throw thrown;
  }
}

/** @returns the server's id of what was made of a submission, undefined where that never arrived */
async function findJob(
  client: Client,
  { key, request }: NonNullable<UntoldJob['submission']>,
  patience: StopOptions & { patient: boolean },
): Promise<string | undefined> {
  const final = (problem: Problem) => isRefusal(problem) || (patience.final?.(problem) ?? false);
  try {
    return (await client.submit(request, key, { ...patience, final })).id;
  } catch (thrown) {
    if (!(thrown instanceof PanelError) || !isRefusal(thrown.problem)) throw thrown;
    // of what arrived under its key before it did
    return thrown.problem.job;
  }
}

/** The server's own, not one of what stands before it. A server that knows the key takes the request, however full it is. */
function isRefusal(problem: Problem): boolean {
  const { code, status = 0 } = problem;
  return code !== 'bad-answer' && (status === 429 || (status >= 400 && !passes(problem)));
}
