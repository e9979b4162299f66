/** The limits of one process. */
import type { Limits, Rate } from './limits.js';

/**
 * A tenant's bucket is one number: when it will be full again. Each generation taken puts that off by its share of a minute,
 * and an empty bucket is one that would take more than a minute.
 * @param now milliseconds of a clock that nobody sets back
 */
export function createMemoryLimits(now: () => number = () => performance.now()): Limits {
  const fullAt = new Map<string, number>();
  const shareOf = ({ perMinute }: Rate) => 60_000 / perMinute;

  return {
    async take(rate) {
      const at = now();
      const next = Math.max(at, fullAt.get(rate.tenant) ?? at) + shareOf(rate);
      // less than a millisecond is what divisions leave over
      const waitMs = Math.floor(next - at - 60_000);
      if (waitMs > 0) return waitMs;
      fullAt.set(rate.tenant, next);
      return 0;
    },
    async giveBack(rate) {
      fullAt.set(rate.tenant, (fullAt.get(rate.tenant) ?? 0) - shareOf(rate));
    },
  };
}
