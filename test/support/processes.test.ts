import { expect, it } from 'vitest';
import { startTogether } from './processes.js';

/** A part that says when it is closed. */
function createPart() {
  const part = { closed: 0, close: async () => void part.closed++ };
  return part;
}

it('leaves no part running where another can not be started, whichever is first', async () => {
  const missing = new Error('it is not installed');
  for (const later of [0, 20]) {
    const part = createPart();
    const started = new Promise<typeof part>((resolve) => setTimeout(() => resolve(part), later));
    const failing = new Promise<typeof part>((_, reject) => setTimeout(() => reject(missing), 20 - later));
    await expect(startTogether([started, failing])).rejects.toBe(missing);
    expect(part.closed).toBe(1);
  }
});

it('gives the parts that were started, and closes none of them', async () => {
  const [one, other] = [createPart(), createPart()];
  expect(await startTogether([Promise.resolve(one), Promise.resolve(other)])).toEqual([one, other]);
  expect([one.closed, other.closed]).toEqual([0, 0]);
});
