/** Patience with a store that is away for a while: a server that starts anew, a network that fails, a disk that is full. */
import { setTimeout as delay } from 'node:timers/promises';
import { ToileError, toToileError } from '../../shared/index.js';

export type WaitOutOptions = {
  /** Each ends the waiting, though not the try under way. */
  signals: AbortSignal[];
  /** Hears of the first failure; the ones after it are the same outage. */
  onWait: (error: ToileError) => void;
  patienceMs?: number;
  firstPauseMs?: number;
};

const PATIENCE_MS = 120_000;
const FIRST_PAUSE_MS = 500;
/** Soon enough after the store is back, seldom enough not to press on one that comes up. */
const LONGEST_PAUSE_MS = 8000;

/**
 * Tries again while the failure is `store_unreachable`.
 * @throws ToileError the last failure when patience is over, `cancelled` on a signal, and whatever else goes wrong
 */
export async function waitOutStore<T>(work: () => Promise<T>, options: WaitOutOptions): Promise<T> {
  const { signals, onWait, patienceMs = PATIENCE_MS, firstPauseMs = FIRST_PAUSE_MS } = options;
  const since = performance.now();
  let told = false;
  for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (thrown) {
      const error = toToileError(thrown);
      if (error.code !== 'store_unreachable') throw thrown;
      if (performance.now() - since + pause > patienceMs) throw error;
      if (!told) onWait(error);
      told = true;
      // made when it is needed: signals that outlive many jobs would gather their listeners
      const signal = AbortSignal.any(signals);
      await delay(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw new ToileError('cancelled', 'cancelled while the store was away', { cause: thrown });
    }
  }
}
