/** Masks: where a picture may change and how much, one byte a pixel. Read from files, cut and resized. */
import sharp from 'sharp';
import { ToileError } from '../../shared/index.js';
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

/** The mask under a window, (side · side) bytes; outside the picture there is nothing to change. */
export function cutMask(mask: Uint8Array, size: Size, { x, y, side }: Window): Uint8Array {
  const out = new Uint8Array(side * side);
  const [left, right] = [Math.max(0, x), Math.min(size.width, x + side)];
  if (left >= right) return out;
  for (let row = Math.max(0, y); row < Math.min(size.height, y + side); row++) {
    const from = row * size.width;
    out.set(mask.subarray(from + left, from + right), (row - y) * side + left - x);
  }
  return out;
}

/** The same, but outside the picture it is as at the nearest edge pixel. */
export function cutMaskRepeated(mask: Uint8Array, { width, height }: Size, { x, y, side }: Window): Uint8Array {
  return Uint8Array.from({ length: side * side }, (_, at) => {
    const column = Math.min(width - 1, Math.max(0, x + (at % side)));
    const row = Math.min(height - 1, Math.max(0, y + Math.floor(at / side)));
    return mask[row * width + column] ?? 0;
  });
}

/**
 * A square mask of side · side bytes as target · target: the greatest value under each pixel going down, the nearest
 * going up, so that no masked pixel is lost.
 */
export function resizeMask(mask: Uint8Array, side: number, target: number): Uint8Array {
  if (side === target) return mask;
  const out = new Uint8Array(target * target);
  const span = (at: number) => {
    const nearest = Math.floor(((at + 0.5) * side) / target);
    if (target > side) return [nearest, nearest + 1] as const;
    return [Math.floor((at * side) / target), Math.ceil(((at + 1) * side) / target)] as const;
  };
  const spans = Array.from({ length: target }, (_, at) => span(at));
  for (const [row, [top, bottom]] of spans.entries()) {
    for (const [column, [left, right]] of spans.entries()) {
      let most = 0;
      for (let y = top; y < bottom; y++) {
        for (let at = y * side + left; at < y * side + right; at++) most = Math.max(most, mask[at] ?? 0);
      }
      out[row * target + column] = most;
    }
  }
  return out;
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
