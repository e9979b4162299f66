/** Tries a call again while that is worth it: after a broken connection, or when the server named a time. */
import { PanelError, type Problem } from '../problem.js';

/** Milliseconds before each new try after a broken connection; the last one for as long as it takes, where that is asked. */
const BACKOFF = [500, 1000, 2000, 4000, 8000];
const MOST_REFUSALS = 20;
/** Tries of a server that answers, and each time that it failed: some three quarters of a minute. */
const MOST_FAULTS = 8;

export type Waiting = { code: string; ms: number };
export type Wait = (ms: number, signal?: AbortSignal) => Promise<void>;
export type PersistOptions = {
  wait: Wait;
  signal?: AbortSignal;
  onWait?: (waiting: Waiting | undefined) => void;
  /** Never gives up on a server that is away, busy, or wants another key first; on one that fails, after a while. */
  patient?: boolean;
};

export async function persist<T>(attempt: () => Promise<T>, options: PersistOptions): Promise<T> {
  const { wait, signal, onWait, patient = false } = options;
  let broken = 0;
  let refused = 0;
  for (;;) {
    try {
      const result = await attempt();
      if (broken + refused > 0) onWait?.(undefined);
      return result;
    } catch (thrown) {
      if (!(thrown instanceof PanelError)) throw thrown;
      const { retryAfter, problem } = thrown;
      let ms: number | undefined;
      if (retryAfter !== undefined && (patient || refused < MOST_REFUSALS)) ms = 1000 * retryAfter;
      else if (patient && passes(problem) && (!isFault(problem) || broken < MOST_FAULTS))
        ms = BACKOFF[Math.min(broken, BACKOFF.length - 1)];
      else if (problem.code === 'unreachable') ms = BACKOFF[broken];
      if (retryAfter === undefined) broken++;
      else refused++;
      if (ms === undefined) throw thrown;
      onWait?.({ code: problem.code, ms });
      await wait(ms, signal);
    }
  }
}

/** Whether a trouble may be over by itself: a broken or busy server comes back, and another key can be given to it. */
export function passes({ code, status }: Problem): boolean {
  if (status === undefined) return code === 'unreachable';
  return status === 401 || status === 403 || status === 429 || status >= 500;
}

function isFault({ status = 0 }: Problem): boolean {
  return status >= 500;
}

/** Rejects as the signal says when it is aborted meanwhile. */
export const wait: Wait = (ms, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', stop);
    function done() {
      signal?.removeEventListener('abort', stop);
      resolve();
    }
    function stop() {
      clearTimeout(timer);
      reject(signal?.reason);
    }
  });
