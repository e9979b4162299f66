/**
 * Hands a job to the server. The row keeps the request before it goes out: a plugin that is closed just then sends the very
 * same at its next opening, under the same key, which the server takes for the same job.
 */
import type { TrackedJob } from '../../messages.js';
import type { Client } from '../client/client.js';
import type { PersistOptions } from '../client/persist.js';
import type { Request } from './make-request.js';

/** A job that the server knows. */
export type SentJob = TrackedJob & { job: string };

export type SendParts = Pick<PersistOptions, 'onWait' | 'patient'> & {
  client: Client;
  signal: AbortSignal;
  track: (job: TrackedJob) => void;
  /** Told the server's id of it, be it stopped meanwhile: it must not run on unseen. */
  onSent: (job: string) => void;
};

/** @throws PanelError as the server refused it, or didn't answer */
export async function sendJob(
  tracked: TrackedJob,
  submission: { key: string; request: Request | Record<string, unknown> },
  { client, signal, track, onSent, ...patience }: SendParts,
): Promise<SentJob> {
  const { key, request } = submission;
  track({ ...tracked, submission: { key, request } });
  const view = await client.submit(request, key, { signal, ...patience });
  onSent(view.id);
  signal.throwIfAborted();
  const sent = { ...tracked, job: view.id };
  track(sent);
  return sent;
}
