/** Choices that are the same in every run of a seed. */

export type Dice = ReturnType<typeof createDice>;

/** After Marsaglia's xorshift, on 32 bits. */
export function createDice(...seeds: number[]) {
  let state = seeds.reduce((mixed, seed) => Math.imul(mixed ^ seed, 0x9e3779b1) ^ (mixed >>> 15), 0x2545f491) | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let n = 0; n < 8; n++) next();
  return {
    /** From `low` to `high`, both included. */
    roll: (low: number, high: number): number => low + Math.floor(next() * (high - low + 1)),
    chance: (share: number): boolean => next() < share,
    /** @throws RangeError of an empty list */
    pick<T>(list: readonly T[]): T {
      const [found] = list.slice(Math.floor(next() * list.length));
      if (found === undefined) throw new RangeError('there is nothing to pick from');
      return found;
    },
  };
}
