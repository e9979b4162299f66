/** Edits by the parts that touch pixels, on real files: what the mask leaves out stays as it was, byte for byte. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { modelPixels } from '../../../shared/index.js';
import { composite } from '../../../server/engine/composite.js';
import { featherInside } from '../../../server/engine/feather.js';
import { cutMask, decodeMask } from '../../../server/engine/mask.js';
import * as pictures from '../../../server/engine/picture.js';
import type { Picture, Size, Source } from '../../../server/engine/picture.js';
import { createRandomStream } from '../../../server/engine/random.js';
import { matchSeam } from '../../../server/engine/seam.js';

/** The model's own, made small: what is exact here is so at any scale. */
const modelSide = modelPixels(64);

/** Whole numbers from `least` up to, and without, `end`. */
type Random = (least: number, end: number) => number;

function createRandom(seed: number): Random {
  const stream = createRandomStream(seed);
  return (least, end) => least + Math.floor(stream.uniforms(1)[0]! * (end - least));
}

/** Gradients, a shape with a hard edge, noise. */
function drawPhoto({ width, height }: Size, random: Random): Picture {
  const data = new Uint8Array(3 * width * height);
  const grain = createRandomStream(random(0, 2 ** 31)).uniforms(4093);
  const [hue, period] = [random(0, 80), random(20, 90)];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const shape = (x % period) * 2 < y % period ? 50 : 0;
      for (let c = 0; c < 3; c++, at++) data[at] = hue + shape + (90 * x) / width + 20 * c + 30 * grain[at % 4093]!;
    }
  }
  return { data, width, height };
}

function drawAlpha({ width, height }: Size): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, at) => {
    const value = (at % width) + Math.floor(at / width);
    return Math.max(0, Math.min(255, (value % 400) - 40));
  });
}

/** Files of every kind that is taken; turned ones are stored on their side. */
const files: Record<string, (size: Size, random: Random) => Promise<Uint8Array>> = {
  'a PNG': async (size, random) => pictures.encodeSource(drawPhoto(size, random)),
  'a PNG with alpha': async (size, random) =>
    pictures.encodeSource({ ...drawPhoto(size, random), alpha: drawAlpha(size) }),
  'a JPEG that EXIF turns': ({ width, height }, random) =>
    open(drawPhoto({ width: height, height: width }, random))
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 85 })
      .toBuffer(),
  'a 16-bit PNG': (size, random) => open(drawPhoto(size, random)).toColourspace('rgb16').png().toBuffer(),
  'a CMYK JPEG': (size, random) => open(drawPhoto(size, random)).toColourspace('cmyk').jpeg().toBuffer(),
  'a PNG in Display P3': (size, random) => open(drawPhoto(size, random)).withIccProfile('p3').png().toBuffer(),
  'a WebP with alpha': (size, random) =>
    open(drawPhoto(size, random))
      .joinChannel(Buffer.from(drawAlpha(size)), { raw: { ...size, channels: 1 } })
      .webp({ effort: 0 })
      .toBuffer(),
};

function open({ data, width, height }: Picture) {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const masks: Record<string, (size: Size, random: Random) => (x: number, y: number) => number> = {
  'one pixel': ({ width, height }, random) => {
    const [column, row] = [random(0, width), random(0, height)];
    return (x, y) => (x === column && y === row ? 255 : 0);
  },
  everything: () => () => 255,
  stripes: (_, random) => {
    const [wide, period] = [random(1, 9), random(10, 30)];
    return (x, y) => ((x + 3 * y) % period < wide ? 255 : 0);
  },
  'a soft blob': (size, random) => {
    const { cx, cy, rx, ry } = placeEllipse(size, random);
    return (x, y) => Math.max(0, 255 - 255 * Math.hypot((x - cx) / rx, (y - cy) / ry));
  },
  'a box at the border': ({ width, height }, random) => {
    const [right, bottom] = [random(1, width), random(1, height)];
    return random(0, 2)
      ? (x, y) => (x < right && y < bottom ? 255 : 0)
      : (x, y) => (x >= right && y >= bottom ? 255 : 0);
  },
  'an ellipse': (size, random) => {
    const { cx, cy, rx, ry } = placeEllipse(size, random);
    return (x, y) => (((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1 ? 255 : 0);
  },
};

function placeEllipse({ width, height }: Size, random: Random) {
  return {
    cx: random(0, width),
    cy: random(0, height),
    rx: random(4, width / 2),
    ry: random(4, height / 2),
  };
}

/** As a file and back, as masks come. */
async function drawMask(kind: string, size: Size, random: Random): Promise<Uint8Array> {
  const value = masks[kind]!(size, random);
  const grey = Buffer.alloc(size.width * size.height);
  for (let at = 0; at < grey.length; at++) grey[at] = value(at % size.width, Math.floor(at / size.width));
  const png = await sharp(grey, { raw: { ...size, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 1 })
    .toBuffer();
  return decodeMask(png, size);
}

/** A square over a point that is masked, which may stick out of the picture. */
function placeWindow(mask: Uint8Array, { width, height }: Size, random: Random) {
  const start = random(0, mask.length);
  let at = mask.indexOf(255, start);
  if (at < 0) at = mask.indexOf(255);
  if (at < 0) at = mask.indexOf(Math.max(...new Set(mask)));
  const side = random(32, Math.max(width, height) * 1.2);
  return { x: (at % width) - random(0, side), y: Math.floor(at / width) - random(0, side), side };
}

/** One edit, with noise for what the model would have drawn, to the bytes of the result. */
async function edit(base: Source, mask: Uint8Array, random: Random) {
  const window = placeWindow(mask, base, random);
  const matched = matchSeam({
    generated: drawPhoto({ width: modelSide, height: modelSide }, random),
    original: await pictures.cutWindow(pictures.flatten(base), window, modelSide),
    mask: cutMask(mask, base, { window, side: modelSide }),
  });
  const patch = await pictures.resize(matched, window.side, window.side);
  const weights = featherInside(mask, base, random(0, 40));
  const result = composite({ base, patch, at: window, weights });
  return pictures.encodeSource(result);
}

/** How many pixels differ inside and outside a mask, alpha included. */
function countChanges(before: Source, after: Source, mask: Uint8Array) {
  expect([after.width, after.height]).toEqual([before.width, before.height]);
  const changed = { inside: 0, outside: 0 };
  for (let at = 0; at < mask.length; at++) {
    const same =
      before.data[3 * at] === after.data[3 * at] &&
      before.data[3 * at + 1] === after.data[3 * at + 1] &&
      before.data[3 * at + 2] === after.data[3 * at + 2] &&
      (before.alpha?.[at] ?? 255) === (after.alpha?.[at] ?? 255);
    if (!same) changed[mask[at] ? 'inside' : 'outside']++;
  }
  return changed;
}

describe('200 edits', () => {
  it.each([
    { width: 64, height: 64, edits: 120, from: 0 },
    { width: 200, height: 300, edits: 60, from: 0 },
    { width: 777, height: 513, edits: 16, from: 0 },
    { width: 1500, height: 2000, edits: 2, from: 4 },
    { width: 3000, height: 4000, edits: 2, from: 8 },
  ])(
    'change nothing outside the mask at $width×$height ($edits of them)',
    { timeout: 120_000 },
    async ({ width, height, edits, from }) => {
      // seven kinds of file, six of mask: every pair comes up within 42
      const [fileKinds, maskKinds] = [Object.keys(files), Object.keys(masks)];
      for (let n = from; n < from + edits; n++) {
        const [file, kind] = [fileKinds[n % 7]!, maskKinds[n % 6]!];
        const random = createRandom(1000 * width + n);
        const base = await pictures.decodeSource(await files[file]!({ width, height }, random));
        expect([base.width, base.height]).toEqual([width, height]);
        const mask = await drawMask(kind, base, random);
        const after = await pictures.decodeSource(await edit(base, mask, random));
        const { inside, outside } = countChanges(base, after, mask);
        expect(outside, `${kind} on ${file}, number ${n}`).toBe(0);
        expect(inside, `${kind} on ${file}, number ${n}`).toBeGreaterThan(0);
      }
    },
  );
});

describe('ten edits, each on the file of the last', () => {
  it.each(['a PNG with alpha', 'a JPEG that EXIF turns'])(
    'leave everything outside their masks as it was in %s',
    { timeout: 60_000 },
    async (file) => {
      const random = createRandom(77);
      const first = await pictures.decodeSource(await files[file]!({ width: 301, height: 222 }, random));
      const union = new Uint8Array(first.width * first.height);
      let current = first;
      for (let n = 0; n < 10; n++) {
        const mask = await drawMask(n % 2 ? 'a soft blob' : 'an ellipse', { width: 301, height: 222 }, (least, end) =>
          random(least, least + (end - least) / 2),
        );
        mask.forEach((value, at) => (union[at] = Math.max(union[at]!, value)));
        current = await pictures.decodeSource(await edit(current, mask, random));
      }
      expect(union.filter((value) => value === 0).length).toBeGreaterThan(union.length / 10);
      const { inside, outside } = countChanges(first, current, union);
      expect(outside).toBe(0);
      expect(inside).toBeGreaterThan(1000);
    },
  );
});
