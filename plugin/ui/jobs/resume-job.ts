/**
 * A job that a row was found with: followed where the server has it, sent where it was stopped before that, and made anew
 * where it was cancelled since its row had gone.
 */
import { PanelError } from '../problem.js';
import type { TrackedJob } from '../../messages.js';
import type { Waiting } from '../client/persist.js';
import { followJob, type FollowParts } from './follow-job.js';
import { heldBy, type Phase } from './job.js';
import { sendJob, type SentJob } from './send-job.js';

export type ResumeParts = Omit<FollowParts, 'tracked' | 'tell'> & {
  tracked: TrackedJob;
  /** Names it to the server, where it is made anew. */
  key: string;
  /** Since it was cancelled for the want of its row: until that is over, be it that the server could not be told to. */
  stopped?: Promise<void> | undefined;
  tell: (change: { phase?: Phase; landed?: number; submitted?: string; kept?: TrackedJob }) => void;
};

/** @throws PanelError `not-sent` where it was stopped before its request was ready */
export async function resumeJob(parts: ResumeParts): Promise<Phase> {
  return followJob({ ...parts, tracked: await findOnServer(parts) });
}

async function findOnServer(parts: ResumeParts): Promise<SentJob> {
  const { tracked, key, stopped, client, row, signal, say, tell, now } = parts;
  const { job, submission, ...rest } = tracked;
  await stopped;
  signal.throwIfAborted();
  const onWait = (held: Waiting | undefined) =>
    tell({ phase: held ? heldBy(held, now()) : { state: 'waiting', ahead: 0 } });
  const patience = { signal, onWait, patient: true };
  const view = stopped && job !== undefined ? await client.view(job, patience) : undefined;
  if (job !== undefined && view?.state !== 'cancelled') {
    tell({ submitted: job });
    return { ...tracked, job };
  }
  // with the seed that was drawn for it, so that it becomes what it was becoming
  const request = view?.request ?? submission?.request;
  if (!request) throw new PanelError({ code: 'not-sent', detail: '' });
  return sendJob(
    rest,
    { key, request },
    {
      ...{ client, ...patience },
      track: (next) => {
        say({ type: 'track', row, job: next });
        tell({ kept: next });
      },
      onSent: (submitted) => tell({ submitted }),
    },
  );
}
