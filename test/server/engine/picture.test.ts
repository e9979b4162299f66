import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { modelPixels } from '../../../shared/index.js';
import { cutMask } from '../../../server/engine/mask.js';
import * as pictures from '../../../server/engine/picture.js';
import { createRandomStream } from '../../../server/engine/random.js';

const draw = (seed: number, count: number) =>
  Uint8Array.from(createRandomStream(seed).uniforms(count), (value) => Math.floor(value * 256));
const noise = (seed: number, width: number, height: number) => ({
  data: draw(seed, 3 * width * height),
  width,
  height,
});
const flat = (r: number, g: number, b: number, alpha?: number) =>
  sharp({ create: { width: 20, height: 10, channels: alpha === undefined ? 3 : 4, background: { r, g, b, alpha } } });
const firstPixel = async (bytes: Uint8Array) => {
  const { data, alpha } = await pictures.decodeSource(bytes);
  return [...data.subarray(0, 3), ...(alpha ? [alpha[0]] : [])];
};

describe('decoding a source', () => {
  const turned: Record<number, (x: number, y: number, w: number, h: number) => [x: number, y: number]> = {
    1: (x, y) => [x, y],
    2: (x, y, w) => [w - 1 - x, y],
    3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
    4: (x, y, _, h) => [x, h - 1 - y],
    5: (x, y) => [y, x],
    6: (x, y, _, h) => [y, h - 1 - x],
    7: (x, y, w, h) => [w - 1 - y, h - 1 - x],
    8: (x, y, w) => [w - 1 - y, x],
  };

  it.each(Object.entries(turned))('sets EXIF orientation %s upright', async (orientation, from) => {
    const stored = noise(1, 5, 3);
    const raw = { width: 5, height: 3, channels: 3 } as const;
    const bytes = await sharp(stored.data, { raw })
      .withMetadata({ orientation: Number(orientation) })
      .png()
      .toBuffer();
    const upright = await pictures.decodeSource(bytes);
    const [width, height] = Number(orientation) < 5 ? [5, 3] : [3, 5];
    expect([upright.width, upright.height]).toEqual([width, height]);
    expect(await pictures.inspectPicture(bytes)).toEqual({ format: 'png', width, height });
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [sx, sy] = from(x, y, 5, 3);
        const pixel = [...upright.data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];
        expect(pixel).toEqual([...stored.data.subarray(3 * (sy * 5 + sx), 3 * (sy * 5 + sx) + 3)]);
      }
    }
  });

  it.each([
    ['a PNG', flat(200, 50, 30).png(), 0],
    ['a 16-bit PNG', flat(200, 50, 30).toColourspace('rgb16').png(), 0],
    ['a PNG in Display P3', flat(200, 50, 30).withIccProfile('p3').png(), 2],
    ['a 16-bit PNG in Display P3', flat(200, 50, 30).toColourspace('rgb16').withIccProfile('p3').png(), 2],
    ['a 16-bit PNG with an sRGB profile', flat(200, 50, 30).toColourspace('rgb16').withIccProfile('srgb').png(), 2],
    ['a WebP in Display P3', flat(200, 50, 30).withIccProfile('p3').webp({ lossless: true }), 2],
    ['a CMYK JPEG', flat(200, 50, 30).toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 100 }), 8],
    ['a palette PNG', flat(200, 50, 30).png({ palette: true }), 0],
  ])('gives the sRGB colours of %s', async (_, file, tolerance) => {
    const pixel = await firstPixel(await file.toBuffer());
    expect(pixel).toHaveLength(3);
    for (const [c, value] of [200, 50, 30].entries())
      expect(Math.abs(pixel[c]! - value)).toBeLessThanOrEqual(tolerance);
  });

  it('really reads the profile: P3 numbers are not sRGB numbers', async () => {
    const p3 = await flat(200, 50, 30).withIccProfile('p3').png().toBuffer();
    const stored = await sharp(p3, { ignoreIcc: true }).raw().toBuffer();
    expect(Math.abs(stored[1]! - 50)).toBeGreaterThan(5);
  });

  it('widens grey, with and without alpha', async () => {
    const grey = sharp(Buffer.from([90, 128]), { raw: { width: 1, height: 1, channels: 2 } });
    expect(await firstPixel(await grey.clone().toColourspace('b-w').png().toBuffer())).toEqual([90, 90, 90, 128]);
    expect(await firstPixel(await grey.clone().toColourspace('grey16').png().toBuffer())).toEqual([90, 90, 90, 128]);
    expect(await firstPixel(await flat(90, 90, 90).toColourspace('b-w').jpeg({ quality: 100 }).toBuffer())).toEqual([
      90, 90, 90,
    ]);
  });

  it('keeps the colour of transparent pixels, in 8 bits, 16 bits and WebP', async () => {
    const clear = flat(200, 50, 30, 0);
    const files = [
      clear.clone().png(),
      clear.clone().toColourspace('rgb16').png(),
      clear.clone().webp({ lossless: true, exact: true }),
    ];
    for (const file of files) expect(await firstPixel(await file.toBuffer())).toEqual([200, 50, 30, 0]);
  });

  it('has no alpha where every pixel is opaque', async () => {
    expect((await pictures.decodeSource(await flat(1, 2, 3, 1).png().toBuffer())).alpha).toBeUndefined();
  });

  it('refuses what is cut short, and what is no picture', async () => {
    const png = await pictures.encodeSource(noise(2, 60, 60));
    await expect(pictures.decodeSource(png.subarray(0, 5000))).rejects.toMatchObject({ code: 'invalid_image' });
    await expect(pictures.decodeSource(Buffer.from('<svg/>'))).rejects.toMatchObject({ code: 'unsupported_media' });
  });
});

describe('encoding a source', () => {
  it('gives every byte back, the colour under full transparency too', async () => {
    const source = { ...noise(3, 61, 47), alpha: draw(4, 61 * 47).map((value) => (value < 100 ? 0 : value)) };
    const back = await pictures.decodeSource(await pictures.encodeSource(source));
    expect(Buffer.compare(back.data, source.data)).toBe(0);
    expect(Buffer.compare(back.alpha!, source.alpha)).toBe(0);
    expect([back.width, back.height]).toEqual([61, 47]);
  });

  it('gives the same bytes for the same pixels', async () => {
    const source = { ...noise(3, 61, 47), alpha: draw(4, 61 * 47) };
    const [a, b] = [await pictures.encodeSource(source), await pictures.encodeSource(source)];
    expect(Buffer.compare(a, b)).toBe(0);
  });

  it('writes no alpha channel for an opaque source', async () => {
    const png = await pictures.encodeSource(noise(5, 9, 9));
    expect((await sharp(png).metadata()).channels).toBe(3);
  });
});

describe('flattening', () => {
  it('lays a source on white by its alpha', () => {
    const source = { data: new Uint8Array([0, 100, 255, 9, 9, 9, 9, 9, 9]), alpha: new Uint8Array([51, 0, 255]) };
    const { data } = pictures.flatten({ ...source, width: 3, height: 1 });
    expect([...data]).toEqual([204, 224, 255, 255, 255, 255, 9, 9, 9]);
  });

  it('is how a picture is decoded', async () => {
    const { data } = await pictures.decodePicture(await flat(0, 0, 0, 0).png().toBuffer());
    expect(new Set(data)).toEqual(new Set([255]));
  });
});

describe('resizing', () => {
  it('gives the very picture back at its own size', async () => {
    const picture = noise(6, 30, 20);
    expect(await pictures.resize(picture, 30, 20)).toBe(picture);
  });

  it.each([
    ['up', 16, 64],
    ['up by half', 20, 30],
    ['down', 64, 16],
    ['down by a third', 24, 16],
  ])('keeps a ramp in its place to a tenth of a pixel, going %s', async (_, from, to) => {
    // twelve levels to a pixel of the smaller side
    const step = (12 * Math.min(from, to)) / from;
    const data = Uint8Array.from({ length: 3 * from * from }, (_, at) => {
      const [x, y] = [Math.floor(at / 3) % from, Math.floor(at / 3 / from)];
      return step * (at % 3 === 0 ? x : y);
    });
    const resized = await pictures.resize({ data, width: from, height: from }, to, to);
    expect([resized.width, resized.height]).toEqual([to, to]);
    for (let at = 0; at < resized.data.length; at++) {
      const [x, y] = [Math.floor(at / 3) % to, Math.floor(at / 3 / to)];
      if (Math.min(x, y, to - 1 - x, to - 1 - y) < to / 5) continue;
      const middle = (((at % 3 === 0 ? x : y) + 0.5) * from) / to - 0.5;
      expect(Math.abs(resized.data[at]! - step * middle)).toBeLessThanOrEqual(1.2);
    }
  });

  it('repeats the edge where it enlarges, and overshoots no further than 0 and 255', async () => {
    const data = new Uint8Array(3 * 8 * 8).map((_, at) => (Math.floor(at / 3) % 8 < 4 ? 0 : 255));
    const large = await pictures.resize({ data, width: 8, height: 8 }, 80, 80);
    const row = [...large.data.subarray(0, 240)].filter((_, at) => at % 3 === 0);
    expect([row[0], row[20], row[59], row[79]]).toEqual([0, 0, 255, 255]);
    expect(row).toEqual(row.toSorted((a, b) => a - b));
  });

  it.each([
    { x: 0, y: 0, width: 90, height: 60 },
    { x: 17, y: 23, width: 31, height: 9 },
    { x: -5, y: 50, width: 100, height: 20 },
  ])('gives of a part, $width×$height at ($x, $y), the same bytes as of the whole', async (part) => {
    const picture = noise(10, 30, 20);
    for (const [width, height] of [
      [90, 60],
      [30, 20],
      [20, 10],
      [90, 10],
    ] as const) {
      const whole = pictures.crop(await pictures.resize(picture, width, height), part);
      expect(await pictures.resizePart(picture, { width, height }, part)).toEqual(whole);
    }
  });

  it('takes sides that grow and shrink at once', async () => {
    const { data, width, height } = await pictures.resize(noise(7, 30, 20), 10, 50);
    expect([width, height, data.length]).toEqual([10, 50, 1500]);
  });
});

describe('cutting windows', () => {
  const picture = noise(8, 7, 5);
  const mask = draw(9, 35);

  it.each([
    { x: 1, y: 1, side: 3 },
    { x: -2, y: -3, side: 6 },
    { x: 4, y: 2, side: 9 },
    { x: -4, y: -4, side: 20 },
    { x: 30, y: -30, side: 4 },
    { x: -30, y: 30, side: 4 },
  ])('at ($x, $y) of side $side repeats the nearest pixel outside, and masks nothing there', async ({ x, y, side }) => {
    const cut = await pictures.cutWindow(picture, { x, y, side }, modelPixels(side));
    const under = cutMask(mask, picture, { window: { x, y, side }, side: modelPixels(side) });
    expect([cut.width, cut.height, cut.data.length, under.length]).toEqual([side, side, 3 * side ** 2, side ** 2]);
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const [px, py] = [x + column, y + row];
        const [nx, ny] = [Math.min(6, Math.max(0, px)), Math.min(4, Math.max(0, py))];
        const at = row * side + column;
        const from = 3 * (ny * 7 + nx);
        expect([...cut.data.subarray(3 * at, 3 * at + 3)]).toEqual([...picture.data.subarray(from, from + 3)]);
        expect(under[at]).toBe(px === nx && py === ny ? mask[py * 7 + px] : 0);
      }
    }
  });

  it('around a long thin picture have what is around it at its own place, and no square of its length', async () => {
    // 129 to a pixel of the cut, of whose rows the picture is the middle four
    const [width, height, side] = [64 * 129, 4 * 129, 64];
    const data = new Uint8Array(3 * width * height).fill(90);
    for (let at = 0; at < width * height; at++) {
      data[3 * at] = (200 * (at % width)) / width;
      data[3 * at + 1] = (200 * Math.floor(at / width)) / height;
    }
    const cut = await pictures.cutWindow(
      { data, width, height },
      { x: 0, y: -30 * 129, side: width },
      modelPixels(side),
    );
    expect([cut.width, cut.height]).toEqual([side, side]);
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const [red, green, blue] = cut.data.subarray(3 * (row * side + column));
        expect(Math.abs(red! - (200 * (column + 0.5)) / side)).toBeLessThan(2.5);
        const inside = Math.min(1, Math.max(0, (row + 0.5 - 30) / 4));
        expect(Math.abs(green! - 200 * inside)).toBeLessThan(row < 28 || row > 35 ? 6 : 10);
        expect(blue).toBe(90);
      }
    }
  });
});
