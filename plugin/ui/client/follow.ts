/**
 * A job's events until it has ended. Its state on the server is the truth: it is asked for first, and again wherever the
 * connection broke, told as `view`, and the stream goes on after the last event heard. A restarted server may have begun
 * the job anew, with the same numbers for other events; then the stream is heard from its start.
 */
import { createProgress, type Progress } from '../../../shared/progress.js';
import { PanelError, reasonOf, type Reason } from '../problem.js';
import { jobAnswer, jobEvent, type JobAnswer, type JobEvent } from './answers.js';
import { call, readAnswer, type Server } from './call.js';
import { passes, type Wait, type Waiting } from './persist.js';
import { readEvents } from './read-events.js';

export type Heard = { type: 'view'; view: JobAnswer } | JobEvent;

export type FollowOptions = {
  fetch: typeof globalThis.fetch;
  wait: Wait;
  signal: AbortSignal;
  /** How many variants the job makes. */
  count: number;
  /** Told while the server can't be reached, and once it can be again. */
  onWait?: (waiting: Waiting | undefined) => void;
  silenceMs?: number;
};

const unreachable: Reason = { code: 'unreachable' };
/** Milliseconds between tries to come back; the last one for as long as it takes. */
const TRIES = [250, 500, 1000, 2000, 4000, 8000];

export async function* follow(server: Server, job: string, options: FollowOptions): AsyncGenerator<Heard> {
  const { fetch, wait, signal, count, onWait, silenceMs } = options;
  const path = `/v1/generations/${job}`;
  const progress = createProgress(count);
  let last = '0';
  let done = 0;
  let failures = 0;
  for (;;) {
    let reason: Reason = unreachable;
    try {
      const view = await readAnswer(await call(server, path, { fetch, signal }), jobAnswer);
      if (view.state === 'queued' || view.progress < done - 1e-6) last = '0';
      yield { type: 'view', view };
      if (isEnd(view.state)) return;
      const headers = last === '0' ? new Headers() : new Headers({ 'Last-Event-ID': last });
      const response = await call(server, `${path}/events`, { fetch, signal, headers });
      if (failures > 0) onWait?.(undefined);
      for await (const { id, data } of readEvents(response, silenceMs === undefined ? {} : { silenceMs })) {
        failures = 0;
        if (id !== undefined) last = id;
        const event = jobEvent.safeParse(parseJson(data));
        if (!event.success) continue; // of a newer server
        yield event.data;
        if (isEnd(event.data.type)) return;
        done = countEvent(progress, event.data) ?? done;
      }
    } catch (thrown) {
      reason = reasonToWait(thrown, signal);
    }
    const ms = TRIES[Math.min(failures, TRIES.length - 1)] ?? 0;
    // a connection that only breaks for a moment is nobody's trouble
    if (failures++ > 0 || reason !== unreachable) onWait?.({ ...reason, ms });
    await wait(ms, signal);
  }
}

/** @returns what of the job is done, 0-1, as the server counts it; undefined where the event does not tell */
export function countEvent(progress: Progress, event: JobEvent): number | undefined {
  if (event.type === 'pass') return progress.advance(event.variant, event.pass / event.passes);
  return event.type === 'variant' ? progress.advance(event.variant, 1) : undefined;
}

function isEnd(state: string): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}

/**
 * A broken or busy server comes back, one that is too old is upgraded, and one that was restarted may want another key,
 * which can be given to it; then the job goes on. @throws any other refusal, such as of a job that the server doesn't know
 */
function reasonToWait(thrown: unknown, signal: AbortSignal): Reason {
  if (signal.aborted) throw thrown;
  if (!(thrown instanceof PanelError)) return unreachable;
  const { status, code } = thrown.problem;
  if (status === 401 || status === 403 || code === 'newer_job') return reasonOf(thrown.problem);
  if (status !== undefined && !passes(thrown.problem)) throw thrown;
  return unreachable;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
