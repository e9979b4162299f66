import { describe, expect, it } from 'vitest';
import { featherInside } from '../../../server/engine/feather.js';

const paint = (width: number, height: number, value: (x: number, y: number) => number) =>
  Uint8Array.from({ length: width * height }, (_, at) => value(at % width, Math.floor(at / width)));

describe('feathering inside a mask', () => {
  const feather = (width: number, height: number, radius: number, value: (x: number, y: number) => number) => {
    const mask = paint(width, height, value);
    return { mask, weights: featherInside(mask, { width, height }, radius) };
  };
  const rowOf = (weights: Uint8Array, width: number, y: number) => [...weights.subarray(y * width, (y + 1) * width)];

  it('rises in equal steps over the radius, as far from a slanted edge as from a straight one', () => {
    const straight = feather(60, 60, 10, (x) => (x >= 20 ? 255 : 0)).weights;
    expect(rowOf(straight, 60, 30).slice(19, 32)).toEqual([0, 26, 51, 77, 102, 128, 153, 179, 204, 230, 255, 255, 255]);
    const slanted = feather(90, 90, 10, (x, y) => (3 * x + 4 * y > 300 ? 255 : 0)).weights;
    for (let x = 40; x < 60; x++) {
      for (let y = 20; y < 70; y++) {
        const distance = (3 * x + 4 * y - 300) / 5;
        if (distance > 1) expect(Math.abs(slanted[y * 90 + x]! - Math.min(255, 25.5 * distance))).toBeLessThan(26);
        if (distance > 11) expect(slanted[y * 90 + x]).toBe(255);
      }
    }
  });

  it.each([
    ['blobs', (x: number, y: number) => Math.max(0, Math.sin(x / 7) + Math.cos(y / 5) + Math.sin((x * y) / 300)) * 85],
    ['a soft ellipse', (x: number, y: number) => Math.max(0, Math.min(255, 300 - (x - 40) ** 2 / 2 - (y - 30) ** 2))],
    ['scattered pixels', (x: number, y: number) => ((x * 31 + y * 17) % 23 === 0 ? 200 : 0)],
  ])('of %s is never above it, and 0 just where it is 0', (_, value) => {
    const { mask, weights } = feather(80, 60, 6, value);
    for (let at = 0; at < mask.length; at++) {
      expect(weights[at]).toBeLessThanOrEqual(mask[at]!);
      expect(weights[at] === 0).toBe(mask[at] === 0);
    }
  });

  it('still weighs more than nothing at the edge of a very long ramp', () => {
    const { weights } = feather(1400, 3, 700, () => 255);
    expect(new Set(weights)).toEqual(new Set([255]));
    const long = rowOf(feather(1400, 3, 700, (x) => (x > 0 ? 255 : 0)).weights, 1400, 1);
    expect([long[0], long[1], long[350], long[700], long[1399]]).toEqual([0, 1, 128, 255, 255]);
  });

  it.each([
    [1, [255]],
    [2, [255, 255]],
    [3, [170, 255, 170]],
    [5, [102, 204, 255, 204, 102]],
    [6, [102, 204, 255, 255, 204, 102]],
  ])("brings the middle of stripes %i wide to the mask's own value", (wide, expected) => {
    const across = feather(44, 30, 12, (x) => (x % 11 < wide ? 255 : 0)).weights;
    const down = feather(30, 44, 12, (_, y) => (y % 11 < wide ? 255 : 0)).weights;
    for (const n of [3, 15, 26]) {
      expect(rowOf(across, 44, n).slice(22, 22 + wide)).toEqual(expected);
      expect(Array.from({ length: wide }, (_, y) => down[(22 + y) * 30 + n])).toEqual(expected);
    }
  });

  it('gives single pixels, thin slanted lines and a thin ring full effect', () => {
    const dots = feather(30, 30, 8, (x, y) => (x % 5 === 2 && y % 7 === 3 ? 255 : 0));
    expect([...dots.weights]).toEqual([...dots.mask]);
    const line = feather(30, 30, 8, (x, y) => (x === y ? 180 : 0));
    expect([...line.weights]).toEqual([...line.mask]);
    const ring = feather(80, 80, 12, (x, y) => (Math.abs(Math.hypot(x - 40, y - 40) - 25) < 3.5 ? 255 : 0)).weights;
    for (let turn = 0; turn < 2 * Math.PI; turn += 0.05) {
      const along = [-1, 0, 1].map((d) => {
        const [x, y] = [40 + (25 + d) * Math.cos(turn), 40 + (25 + d) * Math.sin(turn)];
        return ring[Math.round(y) * 80 + Math.round(x)]!;
      });
      expect(Math.max(...along)).toBeGreaterThan(225);
    }
  });

  it('fades the corners of a large mask like its edges, and the root of a thin part without a jump', () => {
    const square = feather(60, 60, 10, (x, y) => (x >= 10 && y >= 10 ? 255 : 0)).weights;
    expect(square[10 * 60 + 10]).toBeLessThan(60);
    const lollipop = feather(90, 60, 8, (x, y) => (Math.hypot(x - 25, y - 30) < 18 || (y === 30 && x > 25) ? 255 : 0));
    const stick = rowOf(lollipop.weights, 90, 30).slice(43);
    for (const [n, weight] of stick.entries()) if (n > 0) expect(weight).toBeGreaterThanOrEqual(stick[n - 1]!);
    expect(stick.slice(8).every((weight) => weight === 255)).toBe(true);
  });

  it("does not fade at the picture's border", () => {
    const { weights } = feather(40, 40, 10, (_, y) => (y < 25 ? 255 : 0));
    expect(rowOf(weights, 40, 0)).toEqual(new Array(40).fill(255));
    expect([14, 15, 24].map((y) => weights[y * 40])).toEqual([255, 255, 26]);
    const strip = feather(40, 40, 10, (x) => (x >= 37 ? 255 : 0)).weights;
    expect(rowOf(strip, 40, 20).slice(36)).toEqual([0, 102, 204, 255]);
  });

  it('leaves a mask alone that covers everything, is empty, or is softer than the radius', () => {
    expect(new Set(feather(30, 20, 8, () => 200).weights)).toEqual(new Set([200]));
    expect(new Set(feather(30, 20, 8, () => 0).weights)).toEqual(new Set([0]));
    const soft = feather(80, 20, 8, (x) => Math.min(255, Math.max(0, 10 * (x - 20))));
    expect([...soft.weights]).toEqual([...soft.mask]);
  });
});
