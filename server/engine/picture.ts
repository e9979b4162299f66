/** Pictures between files and the model: decode to upright 8-bit sRGB, cut and resize, encode as PNG. */
import sharp from 'sharp';
import { MAX_PICTURE_SIDE, MAX_PIXELS, ToileError, type ModelPixels } from '../../shared/index.js';
import { enlarge } from './enlarge.js';

/** Pixels a side of the largest window that is cut as it is: a picture of 4:1 fits in it whole. */
const MAX_SQUARE = 8192;
/** How much finer than the model sees it a larger window is cut, so that nothing moves by what could be seen. */
const SPARE = 8;

// SVG and the rest of the loaders would widen what a hostile file can reach
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadPngFile',
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadJpegFile',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadWebpFile',
  ],
});

/** In image pixels, or model pixels where the picture is at the model's scale. */
export type Size = { width: number; height: number };

/** A rectangle of whole pixels; it may stick out of the picture. */
export type Part = Size & { x: number; y: number };

/** A square of whole pixels; it may stick out of the picture. */
export type Window = { x: number; y: number; side: number };

/** 8-bit RGB, row-major. */
export type Picture = Size & { data: Uint8Array };

/**
 * The declared decode of a file, against which "nothing else changed" is measured: upright as EXIF says, its colour
 * profile (or CMYK) converted to sRGB, 16 bits reduced to 8, grey widened to RGB. `data` is neither premultiplied nor
 * flattened; `alpha`, (height · width) bytes, is there only where some pixel is not opaque.
 */
export type Source = Picture & { alpha?: Uint8Array };

/** What a file's header says, once all of it is known to decode. Upright: EXIF's quarter turns swap the sides. */
export type PictureInfo = Size & { format: 'png' | 'jpeg' | 'webp' };

/** @throws ToileError `unsupported_media`, `image_too_large` or `invalid_image` */
export async function inspectPicture(bytes: Uint8Array): Promise<PictureInfo> {
  const { format, width, height } = await readHeader(bytes);
  // a truncated file has a sound header; only decoding tells
  await sharp(bytes, { failOn: 'truncated', limitInputPixels: MAX_PIXELS }).stats().catch(refuse);
  return { format, width, height };
}

/** @throws ToileError as `inspectPicture` */
export async function decodeSource(bytes: Uint8Array): Promise<Source> {
  const { deepProfile } = await readHeader(bytes);
  const upright = sharp(bytes, { failOn: 'truncated', limitInputPixels: MAX_PIXELS, autoOrient: true });
  // sharp takes 16-bit pictures with a profile to P3 and leaves them there unless an output profile is named
  const converted = deepProfile ? upright.withIccProfile('srgb', { attach: false }) : upright;
  const { data, info } = await converted
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch(refuse);
  const { width, height, channels } = info;
  if (channels === 3) return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
  if (channels !== 4) throw new ToileError('invalid_image', `the picture has ${channels} channels; 1 to 4 are taken`);
  return splitAlpha(data, width, height);
}

/** @throws ToileError as `inspectPicture` */
export async function decodePicture(bytes: Uint8Array): Promise<Picture> {
  return flatten(await decodeSource(bytes));
}

/** On white, as the model sees it. */
export function flatten({ data, alpha, width, height }: Source): Picture {
  if (!alpha) return { data, width, height };
  const out = new Uint8Array(data.length);
  for (let at = 0; at < alpha.length; at++) {
    const opacity = alpha[at] ?? 0;
    for (let c = 3 * at; c < 3 * at + 3; c++) out[c] = Math.round(((data[c] ?? 0) - 255) * (opacity / 255) + 255);
  }
  return { data: out, width, height };
}

/**
 * A PNG, with alpha only where the source has some; `decodeSource` gives every byte back, the colour of transparent
 * pixels too. The same pixels give the same bytes.
 */
export async function encodeSource(source: Source): Promise<Uint8Array> {
  const { data, alpha, width, height } = source;
  if (!alpha) return encodeRaw(data, { width, height, channels: 3 });
  const joined = new Uint8Array(4 * alpha.length);
  for (let at = 0; at < alpha.length; at++) {
    joined[4 * at] = data[3 * at] ?? 0;
    joined[4 * at + 1] = data[3 * at + 1] ?? 0;
    joined[4 * at + 2] = data[3 * at + 2] ?? 0;
    joined[4 * at + 3] = alpha[at] ?? 0;
  }
  return encodeRaw(joined, { width, height, channels: 4 });
}

/** A JPEG for looking at, not for working on. */
export function encodeJpeg({ data, width, height }: Picture): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 80 })
    .toBuffer();
}

/** Lanczos down, cubic up; the very same picture where it has that size already. */
export async function resize(picture: Picture, width: number, height: number): Promise<Picture> {
  const small = { width: Math.min(width, picture.width), height: Math.min(height, picture.height) };
  let shrunk = picture;
  if (small.width < picture.width || small.height < picture.height) {
    const raw = { width: picture.width, height: picture.height, channels: 3 } as const;
    const data = await sharp(picture.data, { raw })
      .resize({ ...small, fit: 'fill', kernel: 'lanczos3' })
      .raw()
      .toBuffer();
    shrunk = { data: new Uint8Array(data.buffer, data.byteOffset, data.length), ...small };
  }
  const isWhole = width <= shrunk.width && height <= shrunk.height;
  return isWhole ? shrunk : enlarge(shrunk, { width, height }, { x: 0, y: 0, width, height });
}

/** What `crop` takes of what `resize` gives, with no room for the rest of it. */
export async function resizePart(picture: Picture, { width, height }: Size, part: Part): Promise<Picture> {
  const grows = width > picture.width && height > picture.height;
  return grows ? enlarge(picture, { width, height }, part) : crop(await resize(picture, width, height), part);
}

/**
 * A window as `side` · `side` pixels, as the model sees it. What lies outside the picture repeats its nearest edge pixel.
 * The square around a long thin picture has many times its pixels, so one too large is cut from the picture made small.
 */
export async function cutWindow(picture: Picture, window: Window, side: ModelPixels): Promise<Picture> {
  if (window.side <= MAX_SQUARE) return resize(crop(picture, squareOf(window)), side, side);
  const small = SPARE * side;
  const scaled = (length: number) => Math.round((length * small) / window.side);
  const { x, y, width, height } = inWindow(window, picture);
  const inside = crop(picture, { x: window.x + x, y: window.y + y, width, height });
  const shrunk = await resize(inside, Math.max(1, scaled(width)), Math.max(1, scaled(height)));
  return resize(crop(shrunk, squareOf({ x: -scaled(x), y: -scaled(y), side: small })), side, side);
}

/** The part of a window that lies on the picture, by the window's own pixels. */
export function inWindow({ x, y, side }: Window, { width, height }: Size): Part {
  const [left, top] = [Math.max(0, -x), Math.max(0, -y)];
  return { x: left, y: top, width: Math.min(side, width - x) - left, height: Math.min(side, height - y) - top };
}

function squareOf({ x, y, side }: Window): Part {
  return { x, y, width: side, height: side };
}

/** Extends to whole cells by repeating the last row and column. */
export function padToCells(picture: Picture, cell: ModelPixels): Picture {
  const width = Math.ceil(picture.width / cell) * cell;
  const height = Math.ceil(picture.height / cell) * cell;
  return crop(picture, { x: 0, y: 0, width, height });
}

/** 8-bit RGB -> planar (3, H, W) in [-1, 1] */
export function toModelPixels({ data, width, height }: Picture): Float32Array {
  const plane = width * height;
  const out = new Float32Array(3 * plane);
  for (let at = 0; at < plane; at++) {
    for (let c = 0; c < 3; c++) out[c * plane + at] = (data[3 * at + c] ?? 0) / 127.5 - 1;
  }
  return out;
}

/** Planar (3, H, W) in [-1, 1] -> 8-bit RGB */
export function fromModelPixels(pixels: Float32Array, width: number, height: number): Picture {
  const plane = width * height;
  const data = new Uint8Array(3 * plane);
  for (let at = 0; at < plane; at++) {
    for (let c = 0; c < 3; c++) {
      const value = Math.floor(((pixels[c * plane + at] ?? 0) + 1) * 127.5 + 0.5);
      data[3 * at + c] = Math.min(255, Math.max(0, value));
    }
  }
  return { data, width, height };
}

/** Decibels over 8-bit values; Infinity where equal. */
export function psnr(a: Picture, b: Picture): number {
  let sum = 0;
  for (let at = 0; at < a.data.length; at++) sum += ((a.data[at] ?? 0) - (b.data[at] ?? 0)) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / a.data.length));
}

/** A part of a picture. It may stick out: what lies outside repeats the nearest edge pixel. */
export function crop(picture: Picture, { x, y, width, height }: Part): Picture {
  const data = new Uint8Array(3 * width * height);
  const [lastColumn, lastRow] = [picture.width - 1, picture.height - 1];
  const left = Math.min(Math.max(x, 0), lastColumn);
  const right = Math.min(Math.max(x + width, left + 1), picture.width);
  // how many of a row's pixels lie left of the picture, and in it
  const before = Math.min(Math.max(-x, 0), width - 1);
  const inside = Math.min(right - left, width - before);
  for (let row = 0; row < height; row++) {
    const from = 3 * (Math.min(Math.max(y + row, 0), lastRow) * picture.width + left);
    const to = 3 * row * width;
    data.set(picture.data.subarray(from, from + 3 * inside), to + 3 * before);
    for (let at = to + 3 * before - 1; at >= to; at--) data[at] = data[at + 3] ?? 0;
    for (let at = to + 3 * (before + inside); at < to + 3 * width; at++) data[at] = data[at - 3] ?? 0;
  }
  return { data, width, height };
}

function splitAlpha(joined: Uint8Array, width: number, height: number): Source {
  const data = new Uint8Array(3 * width * height);
  const alpha = new Uint8Array(width * height);
  let least = 255;
  for (let at = 0; at < alpha.length; at++) {
    data[3 * at] = joined[4 * at] ?? 0;
    data[3 * at + 1] = joined[4 * at + 1] ?? 0;
    data[3 * at + 2] = joined[4 * at + 2] ?? 0;
    const opacity = joined[4 * at + 3] ?? 0;
    alpha[at] = opacity;
    if (opacity < least) least = opacity;
  }
  return least < 255 ? { data, alpha, width, height } : { data, width, height };
}

function encodeRaw(data: Uint8Array, raw: Size & { channels: 3 | 4 }): Promise<Uint8Array> {
  return sharp(data, { raw }).png({ compressionLevel: 6, adaptiveFiltering: false, palette: false }).toBuffer();
}

/** What the header says, upright, before a pixel is decoded; `deepProfile`: 16 bits a channel in colour, with a profile. @throws ToileError `unsupported_media` or `image_too_large` */
export async function readHeader(bytes: Uint8Array): Promise<PictureInfo & { deepProfile: boolean }> {
  const header = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw new ToileError('unsupported_media', 'this is no picture in a known form; PNG, JPEG and WebP are', {
        cause,
      });
    });
  const { format, space, hasProfile, autoOrient } = header;
  const { width, height } = autoOrient;
  if (format !== 'png' && format !== 'jpeg' && format !== 'webp') {
    throw new ToileError('unsupported_media', `a picture of form '${format}' is not taken; PNG, JPEG and WebP are`);
  }
  checkSize({ width, height });
  return { format, width, height, deepProfile: space === 'rgb16' && hasProfile };
}

/** @param whose such as "expanded, the picture" @throws ToileError `image_too_large` */
export function checkSize({ width, height }: Size, whose = 'the picture'): void {
  const details = { width, height, maxPixels: MAX_PIXELS, maxSide: MAX_PICTURE_SIDE };
  if (width * height > MAX_PIXELS) {
    const megapixels = ((width * height) / 1e6).toFixed(0);
    const message = `${whose} is ${width}×${height}, ${megapixels} megapixels; at most ${MAX_PIXELS / 1e6} are taken`;
    throw new ToileError('image_too_large', message, { details });
  }
  if (Math.max(width, height) > MAX_PICTURE_SIDE) {
    const message = `${whose} is ${width}×${height}; at most ${MAX_PICTURE_SIDE} pixels a side are taken`;
    throw new ToileError('image_too_large', message, { details });
  }
}

function refuse(cause: unknown): never {
  throw new ToileError('invalid_image', 'the picture is damaged or cut short', { cause });
}
