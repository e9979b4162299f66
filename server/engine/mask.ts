/** Masks: where a picture may change and how much, one byte a pixel. Read from files, cut and resized. */
import sharp from 'sharp';
import { ToileError, type ModelPixels } from '../../shared/index.js';
import { decodeSource, type Size, type Window } from './picture.js';

/**
 * A mask file for a base of `size`: white is where it may change, grey partly, black and transparent nowhere.
 * @returns one byte a pixel, 0 to 255: luminance (BT.709 weights) times alpha
 * @throws ToileError `invalid_mask` where it has another size or is all black; else as `inspectPicture`
 */
export async function decodeMask(bytes: Uint8Array, size: Size): Promise<Uint8Array> {
  const mask = await decodeLevels(bytes, size);
  if (mask.some((value) => value > 0)) return mask;
  throw new ToileError('invalid_mask', 'the mask is all black: nothing would change; paint white what shall change');
}

/** The same of a file that may be all black, such as a lock, which then locks nothing. @throws ToileError as `decodeMask` */
export async function decodeLevels(bytes: Uint8Array, size: Size): Promise<Uint8Array> {
  const { data, alpha, width, height } = await decodeSource(bytes);
  checkMaskSize({ width, height }, size);
  const mask = new Uint8Array(width * height);
  for (let at = 0, c = 0; at < mask.length; at++, c += 3) {
    // integer weights, so that white is exactly 255
    const luminance = (2126 * (data[c] ?? 0) + 7152 * (data[c + 1] ?? 0) + 722 * (data[c + 2] ?? 0)) / 10_000;
    mask[at] = Math.round(alpha ? (luminance * (alpha[at] ?? 0)) / 255 : luminance);
  }
  return mask;
}

/** @throws ToileError `invalid_mask` naming both sizes where they differ */
export function checkMaskSize(mask: Size, { width, height }: Size): void {
  if (mask.width === width && mask.height === height) return;
  throw new ToileError(
    'invalid_mask',
    `the mask is ${mask.width}×${mask.height} and its picture ${width}×${height}; both must be the same size`,
    { details: { mask: { width: mask.width, height: mask.height }, picture: { width, height } } },
  );
}

export type MaskCut = {
  window: Window;
  /** Of what comes out. */
  side: ModelPixels;
  /** Whether it is outside the picture as at the nearest edge pixel; else there is nothing to change there. */
  repeats?: boolean;
};

/**
 * The mask under a window, (side · side) bytes: the greatest value under each pixel going down, the nearest going up, so
 * that no masked pixel is lost.
 */
export function cutMask(mask: Uint8Array, { width, height }: Size, { window, side, repeats }: MaskCut): Uint8Array {
  const out = new Uint8Array(side * side);
  const spansOf = (start: number, whole: number) => Array.from({ length: side }, (_, at) => spanOf(at, start, whole));
  const columns = spansOf(window.x, width);
  for (const [row, [top, bottom]] of spansOf(window.y, height).entries()) {
    for (const [column, [left, right]] of columns.entries()) {
      let most = 0;
      for (let y = top; y < bottom; y++) {
        for (let at = y * width + left; at < y * width + right; at++) most = Math.max(most, mask[at] ?? 0);
      }
      out[row * side + column] = most;
    }
  }
  return out;

  /** The picture's pixels under one of the cut, from the first to the one after the last. */
  function spanOf(at: number, start: number, whole: number): [number, number] {
    const grows = side > window.side;
    const nearest = Math.floor(((at + 0.5) * window.side) / side);
    const first = start + (grows ? nearest : Math.floor((at * window.side) / side));
    const end = start + (grows ? nearest + 1 : Math.ceil(((at + 1) * window.side) / side));
    if (!repeats) return [Math.max(0, first), Math.min(whole, end)];
    return [Math.min(whole - 1, Math.max(0, first)), Math.min(whole, Math.max(1, end))];
  }
}

/** A mask of `from` made smaller: each value the mean of what it covers. The very same one where the size is. */
export async function shrinkMask(mask: Uint8Array, from: Size, { width, height }: Size): Promise<Uint8Array> {
  if (width === from.width && height === from.height) return mask;
  const data = await sharp(mask, { raw: { width: from.width, height: from.height, channels: 1 } })
    .resize({ width, height, fit: 'fill', kernel: 'linear' })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}
