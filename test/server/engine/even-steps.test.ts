import { describe, expect, it } from 'vitest';
import { lookCoarsely, placeSteps } from '../../../server/engine/tasks/even-steps.js';

const looksOf = (curve: (t: number) => number, count = 17) =>
  Array.from({ length: count }, (_, n) => Float32Array.of(curve(n / (count - 1)), 0));

describe('placing the steps of a mix', () => {
  it('keeps even amounts where the way looks even', () => {
    placeSteps(
      looksOf((t) => t),
      5,
    ).forEach((at, step) => expect(at).toBeCloseTo(step / 4, 5));
  });

  it('steps closely where much is seen to change, so that steps look alike', () => {
    const jump = (t: number) => Math.min(1, Math.max(0, (t - 0.5) * 4)); // all of it between 0.5 and 0.75
    expect(placeSteps(looksOf(jump), 5).map(jump)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  it('passes by what looks further from both ends than the ends from each other', () => {
    // past the middle it strays, up to once more the whole way
    const stray = (t: number) => Math.max(0, 1 - Math.abs(t - 0.75) * 8);
    const looks = Array.from({ length: 17 }, (_, n) => Float32Array.of(n / 16, stray(n / 16)));
    expect(placeSteps(looks, 5).map(stray)).toEqual([0, 0, 0, 0, 0]);
  });

  it('makes every look a step where there are as many', () => {
    const wild = looksOf((t) => Math.sin(20 * t), 9);
    expect(placeSteps(wild, 9)).toEqual([0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1]);
  });

  it('refuses more steps than there are looks', () => {
    const looks = looksOf((t) => t, 9);
    expect(() => placeSteps(looks, 10)).toThrow('9 looks make 2 to 9 steps, not 10');
  });

  it('ascends on a way that turns back on itself', () => {
    const placed = placeSteps(
      looksOf((t) => t + 0.3 * Math.sin(9 * t)),
      7,
    );
    placed.slice(1).forEach((at, n) => expect(at).toBeGreaterThan(placed[n] ?? 0));
  });

  it('is even between two pictures that look the same', () => {
    expect(
      placeSteps(
        looksOf(() => 0.4),
        3,
      ),
    ).toEqual([0, 0.5, 1]);
  });
});

describe('looking coarsely', () => {
  it('takes the mean of each cell in each plane', () => {
    const planes = Float32Array.from({ length: 3 * 16 }, (_, at) => (at < 16 ? at % 4 : 1)); // 4×4, in cells of 2
    const seen = lookCoarsely(planes, 4, 2);
    expect([...seen.slice(0, 4)]).toEqual([0.5, 2.5, 0.5, 2.5]);
    expect([...seen.slice(4)]).toEqual(Array(8).fill(1));
  });
});
