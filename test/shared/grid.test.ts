import { describe, expect, expectTypeOf, it } from 'vitest';
import { modelPixels, poolMask, type BundleModel, type ModelPixels } from '../../shared/index.js';

const mask = (width: number, height: number, ...on: [x: number, y: number][]) => {
  const data = new Uint8Array(width * height);
  for (const [x, y] of on) data[y * width + x] = 1;
  return { data, width: modelPixels(width), height: modelPixels(height) };
};

describe('pooling a mask', () => {
  it('makes a cell editable where one pixel of it is, and no other', () => {
    const pooled = poolMask(mask(64, 32, [15, 15], [16, 16]), modelPixels(16));
    expect([...pooled]).toEqual([1, 0, 0, 0, 0, 1, 0, 0]);
  });

  it('preserves everything under an empty mask', () => {
    expect(poolMask(mask(256, 256), modelPixels(16)).every((cell) => cell === 0)).toBe(true);
  });

  it('refuses a mask of broken cells', () => {
    expect(() => poolMask(mask(60, 32), modelPixels(16))).toThrow(/60×32/);
  });
});

it('takes a length that a bundle says for one at its scale, and no other number', () => {
  expectTypeOf<BundleModel['image']['size']>().toEqualTypeOf<ModelPixels>();
  expectTypeOf<BundleModel['grid']['cell']>().toEqualTypeOf<ModelPixels>();
  expectTypeOf<number>().not.toExtend<ModelPixels>();
});
