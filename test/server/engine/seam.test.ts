import { describe, expect, it } from 'vitest';
import type { Picture } from '../../../server/engine/picture.js';
import { matchSeam } from '../../../server/engine/seam.js';

const pixel = (data: Uint8Array, at: number) => [...data.subarray(3 * at, 3 * at + 3)];

describe('matching the seam', () => {
  const side = 128;
  const mask = Uint8Array.from({ length: side * side }, (_, at) =>
    Math.hypot((at % side) - 70, 1.3 * (Math.floor(at / side) - 60)) < 40 ? 255 : 0,
  );
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
      if (!mask[at]) expect(pixel(data, at)).toEqual(pixel(original.data, at));
    }
    const everywhere = matchSeam({ generated, original, mask: new Uint8Array(side * side).fill(255) });
    expect(Buffer.compare(everywhere.data, generated.data)).toBe(0);
  });
});
