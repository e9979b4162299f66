import { describe, expect, it } from 'vitest';
import { countPlaces, takeTurns } from '../../../server/queue/turns.js';

/** Jobs as letters and numbers: a1 is tenant a's. */
const jobs = (text: string) => text.split(' ').flatMap((name) => (name ? [{ name, tenant: name[0] ?? '' }] : []));
const names = (line: { name: string }[]) => line.map(({ name }) => name).join(' ');

describe('turns', () => {
  it.each([
    ['a1 a2 a3', '', 'a1 a2 a3'],
    ['a1 a2 a3 b1', '', 'a1 b1 a2 a3'],
    ['a1 a2 b1 b2 c1', '', 'a1 b1 c1 a2 b2'],
    ['a1 a2 b1 b2', 'a0', 'b1 a1 b2 a2'],
    ['a4 a5 b1 c1', 'a0 a1 a2 a3', 'b1 c1 a4 a5'],
    ['a2 b1', 'a0 a1 b0', 'b1 a2'],
    ['', 'a0', ''],
  ])('of %j beside %j are %j', (waiting, running, order) => {
    expect(names(takeTurns(jobs(waiting), jobs(running)))).toBe(order);
  });

  it.each([
    ['b1', 'a1 a2 a3 a4', 8],
    ['a5', 'a1 a2 a3 a4', 4],
    ['a1', '', 8],
  ])('give %s beside %j one of %i places', (job, running, places) => {
    expect(countPlaces(4, jobs(job)[0]!, jobs(running))).toBe(places);
  });
});
