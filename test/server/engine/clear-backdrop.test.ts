import { describe, expect, it } from 'vitest';
import { clearBackdrop } from '../../../server/engine/clear-backdrop.js';

const [width, height] = [48, 40];
/** The right half is added. */
const added = Uint8Array.from({ length: width * height }, (_, at) => (at % width >= 24 ? 255 : 0));

function fill(valueAt: (x: number, y: number) => number) {
  const values = Array.from({ length: width * height }, (_, at) => valueAt(at % width, Math.floor(at / width)));
  return { data: Uint8Array.from(values.flatMap((value) => [value, value, value])), width, height };
}

/** A garment from the left to column 35; right of it a second one, a speck, and the codec's traces. */
const painted = (background: number) => {
  const garment = (x: number, y: number) => y >= 10 && y < 20 && x < 36;
  const second = (x: number, y: number) => y >= 8 && y < 24 && x >= 40;
  const speck = (x: number, y: number) => x === 30 && y === 30;
  return fill((x, y) => {
    if (garment(x, y) || second(x, y) || speck(x, y)) return 90;
    return garment(x - 1, y) ? background - 3 : background - ((x + y) % 2);
  });
};

describe('what was added to a plain background', () => {
  it.each([255, 160])('of %i keeps what leads to the garment, and nothing else', (value) => {
    const backdrop = fill(() => value);
    const { data } = clearBackdrop({
      generated: painted(value),
      original: painted(value),
      backdrop,
      mask: added,
      added,
    });
    const at = (x: number, y: number) => data[3 * (y * width + x)]!;
    expect([at(24, 10), at(35, 15)]).toEqual([90, 90]);
    // its edge fades out
    expect(at(36, 15)).toBeLessThan(value);
    expect([at(38, 15), at(44, 15), at(47, 23), at(30, 30), at(26, 5)]).toEqual([value, value, value, value, value]);
  });

  it('leaves what was there before as it was, and what else is new', () => {
    const [generated, original] = [fill(() => 30), painted(255)];
    const mask = added.map((value, at) => (at % width < 4 ? 255 : value));
    const { data } = clearBackdrop({ generated, original, backdrop: fill(() => 255), mask, added });
    const of = (values: Uint8Array, from: number, to: number) =>
      values.filter((_, at) => Math.floor(at / 3) % width >= from && Math.floor(at / 3) % width < to);
    expect(of(data, 4, 24)).toEqual(of(original.data, 4, 24));
    expect(new Set(of(data, 0, 4))).toEqual(new Set([30]));
  });

  it('takes traces of what lay there before, right beside what is added, for no garment', () => {
    const original = fill((x, y) => (x >= 23 && y >= 10 && y < 20 ? 90 : 255));
    const { data } = clearBackdrop({ generated: original, original, backdrop: fill(() => 255), mask: added, added });
    expect(data[3 * (15 * width + 30)]).toBe(255);
  });
});
