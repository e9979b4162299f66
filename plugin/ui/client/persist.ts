/** Tries a call again while that is worth it: after a broken connection, or when the server named a time. */
import { PanelError } from '../problem.js';

/** Milliseconds before each new try after a broken connection. */
const BACKOFF = [500, 1000, 2000, 4000, 8000];
const MOST_REFUSALS = 20;

export type Waiting = { code: string; ms: number };
export type Wait = (ms: number, signal?: AbortSignal) => Promise<void>;
export type PersistOptions = { wait: Wait; signal?: AbortSignal; onWait?: (waiting: Waiting | undefined) => void };

export async function persist<T>(attempt: () => Promise<T>, { wait, signal, onWait }: PersistOptions): Promise<T> {
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
      if (problem.code === 'unreachable') ms = BACKOFF[broken++];
      else if (retryAfter !== undefined && refused++ < MOST_REFUSALS) ms = 1000 * retryAfter;
      if (ms === undefined) throw thrown;
      onWait?.({ code: problem.code, ms });
      await wait(ms, signal);
    }
  }
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
