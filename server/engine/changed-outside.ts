/** Counts what an edit changed where it may not, on the finished picture: it trusts nothing that made it. */
import type { Source } from './picture.js';

export type Compared = {
  /** As decoded, before anything was done to it. */
  base: Source;
  /** Where the base's corner lies on the result. */
  at: { x: number; y: number };
  /** One byte a pixel of the result; 0 may not change. */
  mask: Uint8Array;
};

/** Pixels of the base, alpha included, that the result has otherwise where the mask is 0. */
export function countChangedOutside(result: Source, { base, at, mask }: Compared): number {
  let changed = 0;
  for (let y = 0, from = 0; y < base.height; y++) {
    let to = (y + at.y) * result.width + at.x;
    for (let x = 0; x < base.width; x++, from++, to++) {
      if (mask[to] !== 0) continue;
      const same =
        base.data[3 * from] === result.data[3 * to] &&
        base.data[3 * from + 1] === result.data[3 * to + 1] &&
        base.data[3 * from + 2] === result.data[3 * to + 2] &&
        (base.alpha ? base.alpha[from] : 255) === (result.alpha ? result.alpha[to] : 255);
      if (!same) changed++;
    }
  }
  return changed;
}

/** A patch drawn over a canvas by the standard "over", as whoever gets it will draw it. */
export function layOver(canvas: Source, patch: Source, at: { x: number; y: number }): Source {
  const { width, height } = canvas;
  const data = canvas.data.slice();
  const alpha = canvas.alpha?.slice();
  for (let y = 0, from = 0; y < patch.height; y++) {
    let to = (y + at.y) * width + at.x;
    for (let x = 0; x < patch.width; x++, from++, to++) {
      const above = patch.alpha ? (patch.alpha[from] ?? 0) / 255 : 1;
      if (above === 0) continue;
      const below = ((alpha ? (alpha[to] ?? 0) : 255) / 255) * (1 - above);
      for (let c = 0; c < 3; c++) {
        const sum = (patch.data[3 * from + c] ?? 0) * above + (data[3 * to + c] ?? 0) * below;
        data[3 * to + c] = Math.round(sum / (above + below));
      }
      if (alpha) alpha[to] = Math.round(255 * (above + below));
    }
  }
  return { data, width, height, ...(alpha ? { alpha } : {}) };
}
