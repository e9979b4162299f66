import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { composite, cutPatch, featherInside, matchSeam } from '../../../server/engine/composite.js';
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

  it('refuses where there is nothing to cut', () => {
    expect(() => cutPatch({ base: noise(7, 40, 30), patch, at, weights: new Uint8Array(1200) })).toThrow(RangeError);
  });
});

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

describe('matching the seam', () => {
  const side = 128;
  const mask = paint(side, side, (x, y) => (Math.hypot(x - 70, 1.3 * (y - 60)) < 40 ? 255 : 0));
  const draw = (value: (x: number, y: number, c: number) => number): Picture => ({
    data: Uint8Array.from({ length: 3 * side * side }, (_, n) => {
      const at = Math.floor(n / 3);
      return Math.round(value(at % side, Math.floor(at / side), n % 3));
    }),
    width: side,
    height: side,
  });
  /** What a codec does to colours here, in levels. */
  const bias = (x: number, y: number, c: number) => [9, -6, 4][c]! + 4 * Math.sin(x / 40 + c) + 3 * Math.cos(y / 50);
  const scene = (x: number, y: number, c: number) => 90 + 0.3 * x + 0.2 * y + 10 * c;
  const content = (_: number, y: number, c: number) => [210, 60, 40][c]! + 0.2 * y;
  const inMask = (x: number, y: number) => mask[y * side + x]! > 0;
  const original = draw(scene);

  /** Mean distance of masked pixels from what they should be, within `near` and `far` pixels of the edge. */
  function error(picture: Picture, truth: Picture, { near, far }: { near: number; far: number }): number {
    const differences: number[] = [];
    for (let at = 0; at < mask.length; at++) {
      const [x, y] = [at % side, Math.floor(at / side)];
      const depth = 40 - Math.hypot(x - 70, 1.3 * (y - 60));
      if (depth < near || depth > far) continue;
      for (let c = 3 * at; c < 3 * at + 3; c++) differences.push(Math.abs(picture.data[c]! - truth.data[c]!));
    }
    return differences.reduce((sum, value) => sum + value, 0) / differences.length;
  }

  it.each([
    ['the same content', scene],
    ['quite other content', content],
  ])("takes the codec's bias out at the edge of %s", (_, inside) => {
    const generated = draw((x, y, c) => (inMask(x, y) ? inside(x, y, c) : scene(x, y, c)) - bias(x, y, c));
    const truth = draw(inside);
    const matched = matchSeam({ generated, original, mask });
    expect(error(generated, truth, { near: 0, far: 2 })).toBeGreaterThan(5);
    expect(error(matched, truth, { near: 0, far: 2 })).toBeLessThan(1);
  });

  it('fades out over the reach, and leaves what lies deeper alone', () => {
    const generated = draw((x, y, c) => (inMask(x, y) ? content(x, y, c) : scene(x, y, c)) - 8);
    const change = (reach: number, at: number) => {
      const { data } = matchSeam({ generated, original, mask, reach });
      return data[3 * at]! - generated.data[3 * at]!;
    };
    // along a row from the mask's left edge, at 30
    const row = (reach: number) => [31, 36, 42, 60].map((x) => change(reach, 60 * side + x));
    expect(row(12)).toEqual([8, 4, 0, 0]);
    const [edge, near, middle, deep] = row(24);
    expect([edge, deep]).toEqual([8, 0]);
    expect(near).toBeGreaterThan(middle!);
    expect(middle).toBeGreaterThan(2);
  });

  it('does not smear sharp residue beside the mask into it', () => {
    // the codec has softened a line that runs along the edge, two pixels off, and has no bias
    const line = (x: number, y: number) => Math.abs(Math.hypot(x - 70, 1.3 * (y - 60)) - 42);
    const sharpened = draw((x, y, c) => scene(x, y, c) + (line(x, y) < 0.7 ? 80 : 0));
    const softened = draw((x, y, c) => scene(x, y, c) + (line(x, y) < 2.1 ? 80 / 3 : 0));
    const matched = matchSeam({ generated: softened, original: sharpened, mask });
    // what only looked at the nearest known pixels would carry 20 and more inwards
    expect(error(matched, softened, { near: 0, far: 3 })).toBeLessThan(5);
  });

  it("does not take old colours for the codec's error where whole cells were drawn anew", () => {
    // the cells that the mask touches show new content beyond its edge as well
    const cell = 16;
    const touched = new Set<number>();
    mask.forEach((value, at) => value && touched.add(cellOf(at)));
    function cellOf(at: number) {
      return Math.floor(at / side / cell) * 100 + Math.floor((at % side) / cell);
    }
    const regenerated = mask.map((_, at) => (touched.has(cellOf(at)) ? 1 : 0));
    const generated = draw((x, y, c) => (regenerated[y * side + x] ? content(x, y, c) : scene(x, y, c)) - 5);
    const truth = draw(content);
    const matched = matchSeam({ generated, original, mask, regenerated });
    expect(error(matched, truth, { near: 0, far: 2 })).toBeLessThan(1);
    expect(error(matchSeam({ generated, original, mask }), truth, { near: 0, far: 2 })).toBeGreaterThan(20);
  });

  it('is the original where it was kept, and the generated picture where nothing was', () => {
    const generated = draw((x, y, c) => scene(x, y, c) - 7 + 5 * ((x + y) % 2));
    const { data } = matchSeam({ generated, original, mask });
    for (let at = 0; at < mask.length; at++) {
      if (!mask[at]) expect(pixel({ ...original, data }, at)).toEqual(pixel(original, at));
    }
    const everywhere = matchSeam({ generated, original, mask: new Uint8Array(side * side).fill(255) });
    expect(Buffer.compare(everywhere.data, generated.data)).toBe(0);
  });
});
