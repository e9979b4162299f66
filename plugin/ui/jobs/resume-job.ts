/** A job that a row was found with: followed where the server has it, and sent where it was stopped before that. */
import { PanelError } from '../problem.js';
import type { TrackedJob } from '../../messages.js';
import type { Waiting } from '../client/persist.js';
import { followJob, type FollowParts } from './follow-job.js';
import type { Phase } from './job.js';
import { sendJob, type SentJob } from './send-job.js';

export type ResumeParts = Omit<FollowParts, 'tracked' | 'tell'> & {
  tracked: TrackedJob;
  tell: (change: { phase?: Phase; landed?: number; submitted?: string }) => void;
};

/** @throws PanelError `not-sent` where it was stopped before its request was ready */
export async function resumeJob(parts: ResumeParts): Promise<Phase> {
  return followJob({ ...parts, tracked: await findOnServer(parts) });
}

async function findOnServer({ tracked, client, row, signal, say, tell, now }: ResumeParts): Promise<SentJob> {
  const { job, submission } = tracked;
  if (job !== undefined) return { ...tracked, job };
  if (!submission) throw new PanelError({ code: 'not-sent', detail: '' });
  const onWait = (held: Waiting | undefined) =>
    tell({ phase: held ? { state: 'held', code: held.code, until: now() + held.ms } : { state: 'waiting', ahead: 0 } });
  return sendJob(tracked, submission, {
    ...{ client, signal, onWait, patient: true },
    track: (next) => say({ type: 'track', row, job: next }),
    onSent: (submitted) => tell({ submitted }),
  });
}
