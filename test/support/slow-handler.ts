/** Makes variants as slowly as a model would, and the same ones from the same seed. */
import { setTimeout as delay } from 'node:timers/promises';
import { ToileError } from '../../shared/index.js';
import type { Handler } from '../../server/queue/queue.js';

export const PASSES = 5;
const PASS_MS = 60;

/** @param sees is told of each pass that was run */
export function createSlowHandler(sees: (jobId: string) => void = () => undefined): Handler {
  return async ({ id, request }, { signal, report }) => {
    const all = request.variants * PASSES;
    for (let n = 0; n < all; n++) {
      await delay(PASS_MS);
      if (signal.aborted) throw new ToileError('cancelled', 'cancelled before it was done');
      sees(id);
      const [variant, pass] = [Math.floor(n / PASSES), (n % PASSES) + 1];
      report({ type: 'event', event: { type: 'pass', variant, pass, passes: PASSES }, progress: (n + 1) / all });
      if (pass < PASSES) continue;
      const seed = request.seed + variant;
      const made = { asset: String(seed).padStart(32, '0'), seed, relevance: 0.5, fidelity: 0.5, passes: PASSES };
      const place = { width: 256, height: 256, x: 0, y: 0 };
      report({ type: 'event', event: { type: 'variant', variant, ...made, ...place }, progress: (n + 1) / all });
    }
    report({ type: 'ended', event: { type: 'done' }, timings: { totalMs: all * PASS_MS }, passes: all });
  };
}
