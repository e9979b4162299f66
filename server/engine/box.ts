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
