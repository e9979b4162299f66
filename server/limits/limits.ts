/** How often callers may ask: a number of generations a minute a tenant, counted together by all processes that take them in. */
import { ToileError } from '../../shared/index.js';

export type Rate = { tenant: string; perMinute: number };

export interface Limits {
  /**
   * Takes one generation out of those of a minute: that many may come at once, and come back evenly over the minute.
   * @returns 0, or with nothing taken the milliseconds until there is one
   * @throws ToileError like below, `queue_unreachable` where the count is kept elsewhere
   */
  take(rate: Rate): Promise<number>;
  /** One that was taken and came to nothing. */
  giveBack(rate: Rate): Promise<void>;
}

/**
 * Takes a generation in within its tenant's rate; one that is refused for another reason doesn't count.
 * @param perMinute absent: as often as one likes
 * @throws ToileError `rate_limited`, and whatever `submit` throws
 */
export async function withinRate<T>(
  limits: Limits,
  { tenant, perMinute }: { tenant: string; perMinute?: number | undefined },
  submit: () => Promise<T>,
): Promise<T> {
  if (perMinute === undefined) return submit();
  const rate = { tenant, perMinute };
  const waitMs = await limits.take(rate);
  if (waitMs > 0) throw rateLimited(perMinute, waitMs);
  try {
    return await submit();
  } catch (thrown) {
    // why it was refused matters more than a count that is one too high for a while
    await limits.giveBack(rate).catch(() => undefined);
    throw thrown;
  }
}

function rateLimited(perMinute: number, retryAfterMs: number): ToileError {
  const message = `at most ${perMinute} generations a minute are yours; the next in ${Math.ceil(retryAfterMs / 1000)} s`;
  return new ToileError('rate_limited', message, { details: { perMinute }, retryAfterMs });
}
