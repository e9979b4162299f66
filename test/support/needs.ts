/**
 * Tests that need something which not every machine has. Without it they are skipped, saying how to get it; where `CI` is
 * set they fail, since there nothing may be left out.
 */
import { describe, expect, it } from 'vitest';

/** Something on this machine, and what to do where it isn't. */
export type Need = { here: boolean; advice: string };

/** As `describe`, for tests that can't run without it. */
export function describeNeeding({ here, advice }: Need, name: string, tests: () => void): void {
  if (!here && process.env.CI) {
    describe(name, () => it('has what it needs', () => expect.fail(advice)));
    return;
  }
  // the usual reporter only counts what is skipped
  if (!here) process.stderr.write(`skipped: ${name}: ${advice}\n`);
  describe.skipIf(!here)(here ? name : `${name} (${advice})`, tests);
}
