import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeLevels, decodeMask, resizeMask } from '../../../server/engine/mask.js';

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
