/** Tries a call again while that is worth it: after a broken connection, or when the server named a time. */
import { PanelError, reasonOf, type Problem, type Reason } from '../problem.js';

/** Milliseconds before each new try after a broken connection; the last one for as long as it takes, where that is asked. */
const BACKOFF = [500, 1000, 2000, 4000, 8000];
const MOST_REFUSALS = 20;
/** Tries of a server that answers, and each time that it failed: some forty seconds. */
const MOST_FAULTS = 8;

export type Waiting = Reason & { ms: number };
export type Wait = (ms: number, signal?: AbortSignal) => Promise<void>;
export type PersistOptions = {
  wait: Wait;
  signal?: AbortSignal;
  onWait?: (waiting: Waiting | undefined) => void;
  /** Never gives up on a server that is away, busy, or wants another key first; on one that fails, after a while. */
  patient?: boolean;
  /** What is an answer too, and not waited for to pass. */
  final?: (problem: Problem) => boolean;
};

export async function persist<T>(attempt: () => Promise<T>, options: PersistOptions): Promise<T> {
  const { wait, signal, onWait, patient = false, final = () => false } = options;
  const tried = { broken: 0, refused: 0 };
  for (;;) {
    try {
      const result = await attempt();
      if (tried.broken + tried.refused > 0) onWait?.(undefined);
      return result;
    } catch (thrown) {
      if (!(thrown instanceof PanelError) || final(thrown.problem)) throw thrown;
      const ms = pauseAfter(thrown, tried, patient);
      if (ms === undefined) throw thrown;
      if (thrown.retryAfter === undefined) tried.broken++;
      else tried.refused++;
      onWait?.({ ...reasonOf(thrown.problem), ms });
      await wait(ms, signal);
    }
  }
}

/** Milliseconds before another try, undefined where none is worth it. */
function pauseAfter(
  { problem, retryAfter }: PanelError,
  { broken, refused }: { broken: number; refused: number },
  patient: boolean,
): number | undefined {
  if (retryAfter !== undefined) return patient || refused < MOST_REFUSALS ? 1000 * retryAfter : undefined;
  if (!patient) return problem.code === 'unreachable' ? BACKOFF[broken] : undefined;
  const faulty = (problem.status ?? 0) >= 500;
  if (!passes(problem) || (faulty && broken >= MOST_FAULTS)) return undefined;
  return BACKOFF[Math.min(broken, BACKOFF.length - 1)];
}

/** Whether a trouble may be over by itself: a broken or busy server comes back, and another key can be given to it. */
export function passes({ code, status }: Problem): boolean {
  if (status === undefined) return code === 'unreachable';
  return status === 401 || status === 403 || status === 429 || status >= 500;
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
