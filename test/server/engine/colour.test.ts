import { describe, expect, it } from 'vitest';
import { readPalette, takeColours } from '../../../server/engine/colour.js';
import type { Picture } from '../../../server/engine/picture.js';

type Rgb = readonly [number, number, number];

/** Rows of 16 pixels, of which the first `white` are white and the others waver around a colour. */
function cloth(colour: Rgb, { white = 4, waver = 12 } = {}): Picture {
  const pixels = Array.from({ length: 256 }, (_, at) => {
    if (at % 16 < white) return [255, 255, 255];
    return colour.map((value) => Math.max(0, Math.min(255, value + (at % 2 ? waver : -waver))));
  });
  return { width: 16, height: 16, data: Uint8Array.from(pixels.flat()) };
}

function meanOf({ data }: Picture, from: number): number[] {
  const sums = [0, 0, 0];
  for (let at = 0; at < 256; at++)
    if (at % 16 >= from) for (let c = 0; c < 3; c++) sums[c] = (sums[c] ?? 0) + (data[3 * at + c] ?? 0);
  return sums.map((sum) => sum / (16 * (16 - from)));
}

const everywhere = new Uint8Array(256).fill(255);
const pixel = ({ data }: Picture, at: number) => [...data.subarray(3 * at, 3 * at + 3)];

describe('taking the colours of a reference', () => {
  const red = cloth([180, 40, 40]);
  const palette = readPalette([cloth([40, 80, 170])]);
  if (!palette) throw new Error('a blue cloth has a palette');

  it('moves new cloth to the mean colour of the reference', () => {
    const made = takeColours({ generated: red, mask: everywhere, palette, strength: 1 });
    meanOf(made, 4).forEach((value, c) => expect(Math.abs(value - ([40, 80, 170][c] ?? 0))).toBeLessThan(6));
  });

  it('leaves plain background as it is', () => {
    const made = takeColours({ generated: red, mask: everywhere, palette, strength: 1 });
    expect(pixel(made, 0)).toEqual([255, 255, 255]);
  });

  it('changes nothing outside the mask, and nothing at strength 0', () => {
    const left = Uint8Array.from(everywhere, (value, at) => (at % 16 < 8 ? value : 0));
    const made = takeColours({ generated: red, mask: left, palette, strength: 1 });
    expect(pixel(made, 12)).toEqual(pixel(red, 12));
    expect(pixel(made, 6)).not.toEqual(pixel(red, 6));
    expect(takeColours({ generated: red, mask: everywhere, palette, strength: 0 }).data).toEqual(red.data);
  });

  it('goes half-way at strength one half', () => {
    const [whole, half] = [1, 0.5].map((strength) =>
      meanOf(takeColours({ generated: red, mask: everywhere, palette, strength }), 4),
    );
    expect(half?.[2]).toBeGreaterThan(60);
    expect(half?.[2]).toBeLessThan((whole?.[2] ?? 0) - 30);
  });

  it('leaves a picture without cloth alone', () => {
    const blank = cloth([0, 0, 0], { white: 16 });
    expect(takeColours({ generated: blank, mask: everywhere, palette, strength: 1 })).toBe(blank);
  });

  it('reads a white reference as white cloth, and nothing from no reference', () => {
    expect(readPalette([cloth([0, 0, 0], { white: 16 })])?.mean[0]).toBeCloseTo(1, 2);
    expect(readPalette([])).toBeUndefined();
  });
});
