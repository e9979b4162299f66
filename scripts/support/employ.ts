/** Many designers at work: each asks for the next thing when it has the last, and now and then for several at once. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Outcome } from './carry-out.js';
import { createDice } from './dice.js';

export type Employment = {
  designers: number;
  seed: number;
  /** Whether there is still something to be asked for. */
  more: (begun: number) => boolean;
  /** Sees one order through, by its number. */
  carry: (number: number) => Promise<Outcome>;
};

const BURST_SHARE = 0.15;
const BURST = 4;
const THINK_MS = 250;

export async function employ({ designers, seed, more, carry }: Employment): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let begun = 0;
  async function work(dice: ReturnType<typeof createDice>): Promise<void> {
    while (more(begun)) {
      const together: Promise<Outcome>[] = [];
      const count = dice.chance(BURST_SHARE) ? BURST : 1;
      while (together.length < count && more(begun)) together.push(carry(begun++));
      outcomes.push(...(await Promise.all(together)));
      await delay(dice.roll(0, THINK_MS));
    }
  }
  await Promise.all(Array.from({ length: designers }, (_, n) => work(createDice(seed, n, 3))));
  return outcomes;
}
