import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { composite, cutPatch } from '../../../server/engine/composite.js';
import type { Picture, Source } from '../../../server/engine/picture.js';
import { createRandomStream } from '../../../server/engine/random.js';

const draw = (seed: number, count: number) =>
  Uint8Array.from(createRandomStream(seed).uniforms(count), (value) => Math.floor(value * 256));
const noise = (seed: number, width: number, height: number): Picture => ({
  data: draw(seed, 3 * width * height),
  width,
  height,
});
const paint = (width: number, height: number, value: (x: number, y: number) => number) =>
  Uint8Array.from({ length: width * height }, (_, at) => value(at % width, Math.floor(at / width)));
const pixel = ({ data, alpha }: Source, at: number) => [
  ...data.subarray(3 * at, 3 * at + 3),
  ...(alpha ? [alpha[at]!] : []),
];

describe('compositing', () => {
  const patch = noise(2, 10, 8);
  const base = noise(1, 20, 15);

  it("keeps the base's bytes where the weight is 0 and takes the patch's where it is 255", () => {
    const weights = paint(20, 15, (x, y) => (x >= 5 && x < 9 && y >= 4 && y < 7 ? 255 : 0));
    const before = base.data.slice();
    const result = composite({ base, patch, at: { x: 3, y: 2 }, weights });
    expect([...base.data]).toEqual([...before]);
    for (let at = 0; at < weights.length; at++) {
      const [x, y] = [at % 20, Math.floor(at / 20)];
      expect(pixel(result, at)).toEqual(weights[at] ? pixel(patch, (y - 2) * 10 + x - 3) : pixel(base, at));
    }
  });

  it('changes nothing beyond the patch, however it sticks out', () => {
    const weights = new Uint8Array(300).fill(255);
    for (const at of [
      { x: -4, y: -5 },
      { x: 15, y: 11 },
      { x: 40, y: 0 },
    ]) {
      const result = composite({ base, patch, at, weights });
      for (let n = 0; n < 300; n++) {
        const [x, y] = [(n % 20) - at.x, Math.floor(n / 20) - at.y];
        const inside = x >= 0 && x < 10 && y >= 0 && y < 8;
        expect(pixel(result, n)).toEqual(inside ? pixel(patch, y * 10 + x) : pixel(base, n));
      }
    }
  });

  it('mixes by the weight', () => {
    const one = (value: number) => ({ data: new Uint8Array(3).fill(value), width: 1, height: 1 });
    const mixed = composite({ base: one(100), patch: one(200), at: { x: 0, y: 0 }, weights: new Uint8Array([51]) });
    expect(pixel(mixed, 0)).toEqual([120, 120, 120]);
  });

  it.each([
    { alpha: 0, weight: 128, result: [200, 200, 200, 128] },
    { alpha: 0, weight: 255, result: [200, 200, 200, undefined] },
    { alpha: 0, weight: 0, result: [100, 100, 100, 0] },
    // covered by 51 + 204 · 0.2: as much of the new as of the old that shows through
    { alpha: 51, weight: 51, result: [156, 156, 156, 92] },
  ])('over alpha $alpha with weight $weight gives $result', ({ alpha, weight, result }) => {
    const base = { data: new Uint8Array(6).fill(100), alpha: new Uint8Array([alpha, 255]), width: 2, height: 1 };
    const patch = { data: new Uint8Array(6).fill(200), width: 2, height: 1 };
    const mixed = composite({ base, patch, at: { x: 0, y: 0 }, weights: new Uint8Array([weight, 0]) });
    expect([...mixed.data.subarray(0, 3), mixed.alpha?.[0]]).toEqual(result);
  });

  it('has no alpha any more once every pixel is opaque', () => {
    const base = { ...noise(3, 2, 2), alpha: new Uint8Array([255, 255, 255, 9]) };
    const weights = new Uint8Array([0, 0, 0, 255]);
    expect(composite({ base, patch: noise(4, 2, 2), at: { x: 0, y: 0 }, weights }).alpha).toBeUndefined();
  });
});

describe('cutting the patch out', () => {
  const patch = noise(5, 30, 30);
  const at = { x: 4, y: -3 };
  const weights = paint(40, 30, (x, y) => Math.max(0, Math.min(255, 300 - 4 * ((x - 19) ** 2 + (y - 13) ** 2))));

  it.each([
    ['an opaque base', undefined],
    ['a base with transparency', draw(6, 1200)],
  ])('gives the result when an image library draws it over %s', async (_, alpha) => {
    const base: Source = { ...noise(7, 40, 30), ...(alpha ? { alpha } : {}) };
    const result = composite({ base, patch, at, weights });
    const cut = cutPatch({ base, patch, at, weights });
    const joined = (source: Source) =>
      Buffer.from(
        Array.from({ length: source.width * source.height }, (_, n) => [...pixel(source, n), 255].slice(0, 4)).flat(),
      );
    const drawn = await sharp(joined(base), { raw: { width: 40, height: 30, channels: 4 } })
      .composite([
        {
          input: joined(cut.patch),
          raw: { width: cut.patch.width, height: cut.patch.height, channels: 4 },
          left: cut.x,
          top: cut.y,
        },
      ])
      .raw()
      .toBuffer();
    for (let n = 0; n < 1200; n++) {
      const shown = [...drawn.subarray(4 * n, 4 * n + 4)];
      const expected = [...pixel(result, n), 255].slice(0, 4);
      // a colour counts by what shows of it
      for (const [c, value] of expected.entries()) {
        const difference = Math.abs(shown[c]! - value) * (c < 3 ? expected[3]! / 255 : 1);
        expect(difference).toBeLessThanOrEqual(1.5);
      }
      if (weights[n] === 255) expect(pixel(result, n).slice(0, 3)).toEqual(shown.slice(0, 3));
    }
  });

  it('is the box of the weights, with the weights as alpha', () => {
    const { patch: cut, x, y } = cutPatch({ base: noise(7, 40, 30), patch, at, weights });
    expect([x, y, cut.width, cut.height]).toEqual([11, 5, 17, 17]);
    for (let n = 0; n < 17 * 17; n++) {
      const [px, py] = [x + (n % 17), y + Math.floor(n / 17)];
      expect(cut.alpha?.[n]).toBe(weights[py * 40 + px]);
      expect(pixel(cut, n).slice(0, 3)).toEqual(pixel(patch, (py - at.y) * 30 + px - at.x));
    }
  });

  it('leaves out what the patch does not cover', () => {
    const all = new Uint8Array(1200).fill(255);
    const { patch: cut, x, y } = cutPatch({ base: noise(7, 40, 30), patch, at, weights: all });
    expect([x, y, cut.width, cut.height, cut.alpha]).toEqual([4, 0, 30, 27, undefined]);
  });

  it('holds the blend where an expansion has grown around the base, and nothing lies below', () => {
    const base: Source = { ...noise(7, 40, 30), alpha: paint(40, 30, (x) => 6 * x) };
    const own = { left: 15, top: 0, right: 40, bottom: 30 };
    const result = composite({ base, patch, at, weights });
    const { patch: cut, x, y } = cutPatch({ base, patch, at, weights }, own);
    for (let n = 0; n < cut.width * cut.height; n++) {
      const [px, py] = [x + (n % cut.width), y + Math.floor(n / cut.width)];
      if (px < own.left) expect(pixel(cut, n)).toEqual(pixel(result, py * 40 + px));
      else expect(cut.alpha?.[n]).toBe(weights[py * 40 + px]);
    }
  });

  it('refuses where there is nothing to cut', () => {
    expect(() => cutPatch({ base: noise(7, 40, 30), patch, at, weights: new Uint8Array(1200) })).toThrow(RangeError);
  });
});
