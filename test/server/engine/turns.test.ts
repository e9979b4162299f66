import { describe, expect, it } from 'vitest';
import { createTurns } from '../../../server/engine/turns.js';

/** Jobs by name, the first letter being the tenant, with how many rows they have. */
function line(jobs: Record<string, number>) {
  const turns = createTurns<string>();
  const takers = Object.entries(jobs).map(([name, count]) => {
    const rows = Array.from({ length: count }, (_, n) => `${name}.${n}`);
    const taker = { tenant: name[0] ?? '', rows: () => rows };
    turns.add(taker);
    return taker;
  });
  return { turns, takers };
}

describe('turns in the engine', () => {
  it('go round the tenants, and within a tenant round its jobs', () => {
    const { turns } = line({ a1: 1, a2: 1, a3: 1, b1: 1, c1: 1 });
    const taken = Array.from({ length: 9 }, () => turns.take(1)[0]);
    expect(taken).toEqual(['a1.0', 'b1.0', 'c1.0', 'a2.0', 'b1.0', 'c1.0', 'a3.0', 'b1.0', 'c1.0']);
  });

  it('give a newcomer the next but those of the other tenants, however many jobs there are', () => {
    const { turns } = line(Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`a${n}`, 8])));
    turns.take(1);
    turns.add({ tenant: 'b', rows: () => ['b.0'] });
    expect([turns.take(1), turns.take(1)]).toEqual([['a1.0'], ['b.0']]);
  });

  it('of a job go to its first row until that is done', () => {
    const { turns } = line({ a1: 3 });
    expect([turns.take(1), turns.take(1), turns.take(2)]).toEqual([['a1.0'], ['a1.0'], ['a1.0', 'a1.1']]);
  });

  it('taken together are shared out one each, then one more each', () => {
    const { turns } = line({ a1: 8, a2: 8, b1: 2, c1: 1 });
    expect(turns.take(8)).toEqual(['a1.0', 'b1.0', 'c1.0', 'a2.0', 'b1.1', 'a1.1', 'a2.1', 'a1.2']);
    expect(turns.take(2)).toEqual(['c1.0', 'b1.0']);
  });

  it('are no more than there are rows', () => {
    const { turns, takers } = line({ a1: 1, b1: 1 });
    expect(turns.take(5)).toEqual(['a1.0', 'b1.0']);
    takers.forEach((taker) => turns.remove(taker));
    expect(turns.take(5)).toEqual([]);
  });
});
