/** Boxes of pixels. */
import type { Size } from './picture.js';

/** `right` and `bottom` are the first column and row outside. */
export type Box = { left: number; top: number; right: number; bottom: number };

/** The smallest box around what is above 0; undefined where nothing is. */
export function boundMask(mask: Uint8Array, { width, height }: Size): Box | undefined {
  const box: Box = { left: width, top: -1, right: 0, bottom: 0 };
  for (let y = 0; y < height; y++) {
    const row = mask.subarray(y * width, (y + 1) * width);
    const first = row.findIndex((value) => value > 0);
    if (first < 0) continue;
    if (box.top < 0) box.top = y;
    box.bottom = y + 1;
    box.left = Math.min(box.left, first);
    let last = width - 1;
    while (row[last] === 0) last--;
    box.right = Math.max(box.right, last + 1);
  }
  return box.top < 0 ? undefined : box;
}

/** Undefined where they have no pixel in common. */
export function intersect(a: Box, b: Box): Box | undefined {
  const [left, top] = [Math.max(a.left, b.left), Math.max(a.top, b.top)];
  const [right, bottom] = [Math.min(a.right, b.right), Math.min(a.bottom, b.bottom)];
  return left < right && top < bottom ? { left, top, right, bottom } : undefined;
}

/** The bytes of a box, row by row. */
export function cutBox(bytes: Uint8Array, { width }: Size, { left, top, right, bottom }: Box): Uint8Array {
  const out = new Uint8Array((right - left) * (bottom - top));
  for (let y = top; y < bottom; y++) {
    out.set(bytes.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  }
  return out;
}
