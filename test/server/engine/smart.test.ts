import { describe, expect, it } from 'vitest';
import { createRandomStream } from '../../../server/engine/random.js';
import {
  chanceAt,
  countPolishing,
  createSmartGrid,
  passTemperature,
  remask,
  remaskCount,
} from '../../../server/engine/smart.js';

const options = {
  passes: 10,
  alpha: 0.8,
  beta: 0.2,
  choiceTemperature: 1,
  marginalWeight: 0,
  temperature: 1,
  firstTemperatureShare: 1,
  finalTemperatureShare: 1,
  finalChoiceShare: 1,
  polishShare: 0,
  minP: 0,
};
const marginals = Array.from({ length: 4 }, () => new Array<number>(256).fill(-5.5));

describe('SMART between passes', () => {
  it("re-masks the paper's counts before passes two to ten", () => {
    const counts = Array.from({ length: 9 }, (_, n) => remaskCount(256, n + 2, options));
    expect(counts).toEqual([188, 171, 154, 137, 119, 102, 85, 68, 51]);
  });

  it('cools evenly from a share of the temperature to another', () => {
    const given = { ...options, passes: 3, temperature: 0.8, finalTemperatureShare: 0.5 };
    const cooled = (changes = {}) => [1, 2, 3].map((step) => passTemperature(step, { ...given, ...changes }));
    expect(cooled()).toEqual([0.8, expect.closeTo(0.6), expect.closeTo(0.4)]);
    const bold = { firstTemperatureShare: 1.5 };
    expect(cooled(bold)).toEqual([expect.closeTo(1.2), expect.closeTo(0.8), expect.closeTo(0.4)]);
    expect(passTemperature(1, { ...given, ...bold, passes: 1 })).toBe(0.8);
  });

  it('lets chance choose less and less, down to its share before the last pass', () => {
    const given = { ...options, passes: 4, choiceTemperature: 6, finalChoiceShare: 0.5 };
    expect([2, 3, 4].map((step) => chanceAt(step, given))).toEqual([6, 4.5, 3]);
    expect(chanceAt(2, { ...given, passes: 2 })).toBe(3);
  });

  it('polishes in the last passes: without chance, at half the temperature, ever fewer of the least likely', () => {
    const given = { ...options, passes: 5, polishShare: 0.4, choiceTemperature: 6, finalTemperatureShare: 0.7 };
    const steps = [2, 3, 4, 5];
    expect(countPolishing(given)).toBe(2);
    // the passes before go as they do where they are all
    const alone = { ...given, passes: 3, polishShare: 0 };
    for (const step of [2, 3]) expect(remaskCount(256, step, given)).toBe(remaskCount(256, step, alone));
    expect(steps.map((step) => remaskCount(256, step, given)).slice(2)).toEqual([51, 26]);
    expect(steps.map((step) => chanceAt(step, given))).toEqual([6, 6, 0, 0]);
    expect(passTemperature(3, given)).toBeCloseTo(0.7);
    expect(passTemperature(4, given)).toBe(0.5);
    expect(countPolishing({ ...given, passes: 1, polishShare: 1 })).toBe(0);
    expect(remaskCount(256, 2, { ...given, passes: 2, polishShare: 1 })).toBe(51);
  });

  it('never touches a preserved cell', () => {
    const base = Int32Array.from({ length: 1024 }, (_, n) => n % 256);
    const editable = Int32Array.from([3, 40, 41, 42, 200]);
    const grid = createSmartGrid({ base, editable, groups: 4, maskCode: 256 });
    for (let step = 2; step <= 10; step++) {
      remask(grid, { ...options, step, stream: createRandomStream(step), marginals });
      for (let cell = 0; cell < 256; cell++) {
        if (editable.includes(cell)) continue;
        expect([...grid.codes.slice(4 * cell, 4 * cell + 4)]).toEqual([...base.slice(4 * cell, 4 * cell + 4)]);
      }
    }
  });

  it('keeps likelier tokens more often', () => {
    const kept = new Array<number>(2).fill(0);
    for (let seed = 0; seed < 200; seed++) {
      const editable = Int32Array.from({ length: 256 }, (_, n) => n);
      const grid = createSmartGrid({ base: new Int32Array(1024), editable, groups: 4, maskCode: 256 });
      grid.codes.fill(0);
      grid.logProb = Float32Array.from({ length: 256 }, (_, n) => (n < 128 ? Math.log(0.9) : Math.log(0.3)));
      const cells = remask(grid, { ...options, step: 2, stream: createRandomStream(seed), marginals });
      for (const cell of cells) kept[cell < 128 ? 0 : 1]!++;
    }
    // without replacement the ratio lies under the 3 of the scores
    expect(kept[0]! / kept[1]!).toBeGreaterThan(2);
    expect(kept[0]! / kept[1]!).toBeLessThan(3);
  });
});
