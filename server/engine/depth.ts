/** How deep in a mask its pixels lie. */
import type { Size } from './picture.js';

/**
 * Squared Euclidean distance of each pixel to the nearest one where the mask is 0; Infinity where there is none. By
 * columns, then by rows as the lower envelope of parabolas (Felzenszwalb & Huttenlocher 2012); runs of masked pixels
 * don't see past the edges they lie between, so each is done alone.
 */
export function squaredDepth(mask: Uint8Array, { width, height }: Size): Float32Array {
  const out = new Float32Array(mask.length);
  for (let at = 0; at < mask.length; at++) {
    if (mask[at]) out[at] = at < width ? Infinity : (out[at - width] ?? 0) + 1;
  }
  for (let at = mask.length - width - 1; at >= 0; at--) {
    const below = (out[at + width] ?? 0) + 1;
    if (below < (out[at] ?? 0)) out[at] = below;
  }
  const envelope = { at: new Int32Array(width), value: new Float64Array(width), from: new Float64Array(width) };
  for (let row = 0; row < height * width; row += width) {
    for (let x = 0; x < width; x++) {
      if (!mask[row + x]) continue;
      const start = x;
      while (x < width && mask[row + x]) x++;
      // the run with the edge pixels at its ends
      fillRun(out.subarray(row + Math.max(0, start - 1), row + Math.min(width, x + 1)), envelope);
    }
  }
  return out;
}

/** In place: distances along columns become squared distances in the plane. */
function fillRun(run: Float32Array, { at, value, from }: { at: Int32Array; value: Float64Array; from: Float64Array }) {
  let top = -1;
  for (let x = 0; x < run.length; x++) {
    const squared = (run[x] ?? 0) ** 2;
    if (squared === Infinity) continue;
    let start = -Infinity;
    for (; top >= 0; top--) {
      const other = at[top] ?? 0;
      start = (squared - (value[top] ?? 0)) / (2 * (x - other)) + (x + other) / 2;
      if (start > (from[top] ?? 0)) break;
    }
    if (top < 0) start = -Infinity;
    top++;
    at[top] = x;
    value[top] = squared;
    from[top] = start;
  }
  if (top < 0) return;
  for (let x = 0, n = 0; x < run.length; x++) {
    while (n < top && (from[n + 1] ?? 0) < x) n++;
    run[x] = (x - (at[n] ?? 0)) ** 2 + (value[n] ?? 0);
  }
}
