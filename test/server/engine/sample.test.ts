import { describe, expect, it } from 'vitest';
import type { Networks } from '../../../server/engine/networks.js';
import { isOpening, sample, type Sampling } from '../../../server/engine/sample.js';
import { scriptedCache } from '../../support/scripted-networks.js';

const sampling: Sampling = {
  passes: 4,
  alpha: 0.8,
  beta: 0.2,
  temperature: 0.8,
  firstTemperatureShare: 1,
  finalTemperatureShare: 0.25,
  finalChoiceShare: 1,
  polishShare: 0,
  choiceTemperature: 1,
  marginalWeight: 0,
  guidance: 0,
  guidedShare: 1,
  candidates: 1,
};

/** Fills a grid of 16 cells, and tells the temperatures that the head was given. */
async function temperaturesOf(changes: Partial<Sampling>): Promise<number[]> {
  const given: number[] = [];
  const networks = {
    transformer: async (codes: Int32Array) => ({ hidden: Float32Array.from(codes), relevance: 0, fidelity: 0 }),
    head: async ({ codes, temperature }: { codes: Int32Array; temperature: number }) => {
      given.push(temperature);
      return { codes: codes.map((code) => code % 4), logProb: new Float32Array(16) };
    },
  } as Partial<Networks> as Networks;
  const drawing = { networks, groups: 1, maskCode: 4, marginals: [[-1, -1, -1, -1]] };
  const start = {
    base: new Int32Array(16),
    editable: Int32Array.from({ length: 16 }, (_, cell) => cell),
    seed: 1,
    views: [{ cache: scriptedCache(2), surroundings: true, weight: 1 }],
  };
  const passes = sample(drawing, start, { ...sampling, ...changes });
  while (!(await passes.next()).done);
  return given;
}

describe('the opening', () => {
  const count = (share: number, least: number, passes: number) =>
    Array.from({ length: passes }, (_, n) => isOpening(n + 1, { share, least }, passes)).filter(Boolean).length;

  it('is as many passes as come near to its share, fewer where two come as near', () => {
    expect([1, 2, 4, 6, 8, 10].map((passes) => count(0.2, 0, passes))).toEqual([0, 0, 1, 1, 2, 2]);
    expect([1, 2, 3, 5, 10].map((passes) => count(0.5, 0, passes))).toEqual([0, 1, 1, 2, 5]);
  });

  it('is no shorter than asked', () => {
    expect([1, 2, 4, 6, 8, 10].map((passes) => count(0.2, 1, passes))).toEqual([1, 1, 1, 1, 2, 2]);
  });
});

describe('sampling', () => {
  it('draws at a temperature that falls from pass to pass', async () => {
    const expected = [0.8, 0.6, 0.4, 0.2].map((temperature) => expect.closeTo(temperature));
    expect(await temperaturesOf({})).toEqual(expected);
    expect(await temperaturesOf({ candidates: 2 })).toEqual([...expected, ...expected]);
  });

  it('draws a single pass, and passes that are not to cool, at the temperature itself', async () => {
    expect(await temperaturesOf({ passes: 1 })).toEqual([0.8]);
    expect(await temperaturesOf({ passes: 3, finalTemperatureShare: 1 })).toEqual([0.8, 0.8, 0.8]);
  });
});
