/** Pictures between files and the model: decode to upright sRGB on white, encode as PNG. */
import sharp from 'sharp';
import { ToileError } from '../../shared/index.js';

/** About 4096×4096. A header that declares more is refused before a pixel is decoded. */
export const MAX_PIXELS = 16_800_000;

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

/** 8-bit RGB, row-major. */
export type Picture = { data: Uint8Array; width: number; height: number };

/** What a file's header says, once all of it is known to decode. */
export type PictureInfo = { format: 'png' | 'jpeg' | 'webp'; width: number; height: number };

/** @throws ToileError `unsupported_media`, `image_too_large` or `invalid_image` */
export async function inspectPicture(bytes: Uint8Array): Promise<PictureInfo> {
  const { format, width, height } = await readHeader(bytes);
  // a truncated file has a sound header; only decoding tells
  await sharp(bytes, { failOn: 'truncated', limitInputPixels: MAX_PIXELS }).stats().catch(refuse);
  return { format, width, height };
}

/** Upright, flattened on white, 8-bit sRGB. @throws as `inspectPicture` */
export async function decodePicture(bytes: Uint8Array): Promise<Picture> {
  await readHeader(bytes);
  const { data, info } = await sharp(bytes, { failOn: 'truncated', limitInputPixels: MAX_PIXELS })
    .rotate()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch(refuse);
  return { data, width: info.width, height: info.height };
}

/** The same pixels give the same bytes. */
export async function encodePng({ data, width, height }: Picture): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 6, adaptiveFiltering: false, palette: false })
    .toBuffer();
}

/** Extends to whole cells by repeating the last row and column. */
export function padToCells(picture: Picture, cell: number): Picture {
  const width = Math.ceil(picture.width / cell) * cell;
  const height = Math.ceil(picture.height / cell) * cell;
  return window(picture, width, height);
}

export function crop(picture: Picture, width: number, height: number): Picture {
  return window(picture, width, height);
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

function window(picture: Picture, width: number, height: number): Picture {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const row = 3 * Math.min(y, picture.height - 1) * picture.width;
    for (let x = 0; x < width; x++) {
      const from = row + 3 * Math.min(x, picture.width - 1);
      data.set(picture.data.subarray(from, from + 3), 3 * (y * width + x));
    }
  }
  return { data, width, height };
}

async function readHeader(bytes: Uint8Array): Promise<PictureInfo> {
  const header = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw new ToileError('unsupported_media', 'this is no picture in a known form; PNG, JPEG and WebP are', {
        cause,
      });
    });
  const { format, width, height } = header;
  if (format !== 'png' && format !== 'jpeg' && format !== 'webp') {
    throw new ToileError('unsupported_media', `a picture of form '${format}' is not taken; PNG, JPEG and WebP are`);
  }
  if (width * height > MAX_PIXELS) {
    throw new ToileError(
      'image_too_large',
      `${width}×${height} is ${((width * height) / 1e6).toFixed(0)} megapixels; at most ${MAX_PIXELS / 1e6} are taken`,
      { details: { width, height, maxPixels: MAX_PIXELS } },
    );
  }
  return { format, width, height };
}

function refuse(cause: unknown): never {
  throw new ToileError('invalid_image', 'the picture is damaged or cut short', { cause });
}
