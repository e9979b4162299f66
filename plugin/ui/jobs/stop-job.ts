/**
 * Has a server stop a job that was cancelled, also one that it may never have heard of: what was sent for it without an
 * answer is sent again, which under its key is the same job, and tells its id.
 */
import type { UntoldJob } from '../../messages.js';
import type { Client } from '../client/client.js';
import { passes, type PersistOptions } from '../client/persist.js';
import { PanelError, toProblem, type Problem } from '../problem.js';

export type StopOptions = Pick<PersistOptions, 'signal' | 'onWait'>;

/** For as long as the server is away. @throws PanelError where it fails at it, so that it may still work on the job */
export async function stopJob(
  client: Client,
  { job, submission }: UntoldJob,
  options: StopOptions = {},
): Promise<void> {
  const patience = { ...options, patient: true };
  try {
    const sendAgain = async () =>
      submission && client.submit(submission.request, submission.key, { ...patience, final: isRefusal });
    const id = job ?? (await sendAgain())?.id;
    if (id !== undefined) await client.cancel(id, patience);
  } catch (thrown) {
    const { code } = toProblem(thrown);
    const isThere = job !== undefined || !(thrown instanceof PanelError) || !isRefusal(thrown.problem);
    if (code !== 'unknown_job' && isThere) throw thrown;
  }
}

/** A server that knows the key takes the request, however full it is. */
function isRefusal(problem: Problem): boolean {
  const { status = 0 } = problem;
  return status === 429 || (status >= 400 && !passes(problem));
}
