import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { modelPixels } from '../../../shared/index.js';
import { cutMask, decodeLevels, decodeMask } from '../../../server/engine/mask.js';

describe('decoding a mask', () => {
  const size = { width: 2, height: 2 };
  const file = (channels: 1 | 2 | 3 | 4, ...bytes: number[]) =>
    sharp(Buffer.from(bytes), { raw: { ...size, channels } })
      .toColourspace(channels < 3 ? 'b-w' : 'srgb')
      .png()
      .toBuffer();

  it('takes the luminance, white as 255 and black as 0', async () => {
    expect([...(await decodeMask(await file(1, 255, 128, 1, 0), size))]).toEqual([255, 128, 1, 0]);
    const colours = await file(3, 255, 255, 255, 0, 255, 0, 255, 0, 0, 0, 0, 0);
    expect([...(await decodeMask(colours, size))]).toEqual([255, 182, 54, 0]);
  });

  it('counts transparent white as black, and half of it as grey', async () => {
    expect([...(await decodeMask(await file(2, 255, 0, 255, 128, 255, 255, 0, 255), size))]).toEqual([0, 128, 255, 0]);
  });

  it("refuses another size than the base's, naming both", async () => {
    const refused = decodeMask(await file(1, 255, 255, 255, 255), { width: 300, height: 200 });
    await expect(refused).rejects.toMatchObject({
      code: 'invalid_mask',
      message: expect.stringMatching(/2×2.*300×200/),
    });
  });

  it('takes a lock that is all black', async () => {
    expect([...(await decodeLevels(await file(1, 0, 0, 0, 0), size))]).toEqual([0, 0, 0, 0]);
    await expect(decodeLevels(await file(1, 0, 0, 0, 0), { width: 3, height: 2 })).rejects.toMatchObject({
      code: 'invalid_mask',
    });
  });

  it('refuses one that is all black, and says what to do', async () => {
    const refused = decodeMask(await file(1, 0, 0, 0, 0), size);
    await expect(refused).rejects.toMatchObject({
      code: 'invalid_mask',
      message: expect.stringMatching(/paint white/),
    });
  });
});

describe('resizing a mask', () => {
  const resizeMask = (mask: Uint8Array, from: number, side: number) =>
    cutMask(mask, { width: from, height: from }, { window: { x: 0, y: 0, side: from }, side: modelPixels(side) });

  it.each([
    [40, 16],
    [17, 16],
    [16, 17],
    [16, 64],
    [5, 23],
    [1, 8],
    [8, 1],
  ])('from %i to %i masks what the masked pixel touches, going up where its middle lies', (side, target) => {
    const touches = (coarse: number, fine: number) =>
      target > side
        ? Math.floor(((coarse + 0.5) * side) / target) === fine
        : (coarse + 1) * side > fine * target && coarse * side < (fine + 1) * target;
    for (let n = 0; n < side * side; n++) {
      const mask = new Uint8Array(side * side);
      mask[n] = 7;
      const resized = [...resizeMask(mask, side, target)];
      const expected = Array.from({ length: target * target }, (_, at) =>
        touches(at % target, n % side) && touches(Math.floor(at / target), Math.floor(n / side)) ? 7 : 0,
      );
      expect(resized.every((value, at) => value === expected[at])).toBe(true);
      expect(resized).toHaveLength(target * target);
      expect(resized).toContain(7);
    }
  });

  it('takes the greatest value under a pixel', () => {
    expect([...resizeMask(new Uint8Array([9, 1, 0, 3, 2, 4, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0]), 4, 2)]).toEqual([
      9, 3, 0, 5,
    ]);
  });
});

describe('cutting a mask', () => {
  const size = { width: 23, height: 9 };
  const mask = Uint8Array.from({ length: 23 * 9 }, (_, at) => (at * 151) % 256);

  /** Pixel by pixel at the window's own size, which is made smaller or larger after that. */
  function cutInSteps({ x, y, side: own }: { x: number; y: number; side: number }, side: number, repeats: boolean) {
    const square = Uint8Array.from({ length: own * own }, (_, at) => {
      const [column, row] = [x + (at % own), y + Math.floor(at / own)];
      const near = [Math.min(22, Math.max(0, column)), Math.min(8, Math.max(0, row))] as const;
      return repeats || (near[0] === column && near[1] === row) ? mask[near[1] * 23 + near[0]]! : 0;
    });
    return cutMask(square, { width: own, height: own }, { window: { x: 0, y: 0, side: own }, side: modelPixels(side) });
  }

  it.each([
    { x: 1, y: 1, side: 8 },
    { x: -2, y: -3, side: 6 },
    { x: 4, y: 2, side: 40 },
    { x: -9, y: -16, side: 41 },
    { x: 30, y: -30, side: 4 },
    { x: -30, y: 30, side: 4 },
  ])('at ($x, $y) of side $side takes in nothing outside, or repeats the edge', (window) => {
    for (const side of [4, 8, 16, 37]) {
      for (const repeats of [false, true]) {
        expect(cutMask(mask, size, { window, side: modelPixels(side), repeats })).toEqual(
          cutInSteps(window, side, repeats),
        );
      }
    }
  });

  it('makes no square of a long thin one', () => {
    const long = new Uint8Array(65_535 * 4);
    long[65_534] = 200;
    const window = { x: 0, y: -32_765, side: 65_535 };
    const cut = cutMask(long, { width: 65_535, height: 4 }, { window, side: modelPixels(64) });
    expect([cut[32 * 64 + 63] || cut[31 * 64 + 63], cut.filter((value) => value > 0).length]).toEqual([200, 1]);
  });
});
