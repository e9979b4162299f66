/** What an expansion has painted beside the garment: none of it may stay on a plain background. */
import type { Picture, Size } from './picture.js';
import { sumAround } from './sum-around.js';

/**
 * Of 255: from how far off the background a new pixel is none, on white, and how much more that is on one so much darker:
 * the model knows white, and other backgrounds the less.
 */
const STAIN = { onWhite: 4, more: 10, darker: 64 };
/** Model pixels, half of them, from which on what was there before is only that. */
const BESIDE = 2;
/** Model pixels that a garment's edge goes over into the background, half of them. */
const SOFT_EDGE = 1;

export type Clearing = {
  generated: Picture;
  /** What was there before, of the same size. */
  original: Picture;
  /** Nothing but background, of the same size. */
  backdrop: Picture;
  /** One byte a pixel: above 0 where it is new. */
  mask: Uint8Array;
  /** The same where it is new and lies past the border. */
  added: Uint8Array;
};

/**
 * Turns into background whatever was added without a garment that was there before leading to it. What does hang
 * together with one stays, with its soft edge.
 */
export function clearBackdrop({ generated, original, backdrop, mask, added }: Clearing): Picture {
  const { width, height } = generated;
  const off = added.map((value, at) => {
    const { data } = value ? generated : original;
    const far = (c: number) => Math.abs((data[3 * at + c] ?? 0) - (backdrop.data[3 * at + c] ?? 0));
    return Math.max(far(0), far(1), far(2));
  });
  const limit = added.map((_, at) => {
    const darker = 255 - Math.min(...backdrop.data.subarray(3 * at, 3 * at + 3));
    return STAIN.onWhite + STAIN.more * Math.min(1, darker / STAIN.darker);
  });
  const isStain = (at: number) => (off[at] ?? 0) > (limit[at] ?? 0);
  // beside what is added, resizing has mixed in what lay there before
  const beside = sumAround(Float32Array.from(added), generated, BESIDE);
  const garment = spread(
    added.map((_, at) => (beside[at] === 0 && isStain(at) ? 1 : 0)),
    generated,
    isStain,
  );
  const around = sumAround(Float32Array.from(garment), generated, SOFT_EDGE);
  const data = generated.data.slice();
  for (let at = 0; at < added.length; at++) {
    // resizing shall find nothing else than is kept beside what is new
    if (mask[at] === 0) data.set(original.data.subarray(3 * at, 3 * at + 3), 3 * at);
    if (added[at] === 0 || garment[at]) continue;
    const share = (around[at] ?? 0) > 0 ? Math.min(1, (off[at] ?? 0) / (limit[at] ?? 0)) : 0;
    for (let c = 3 * at; c < 3 * at + 3; c++) {
      const plain = backdrop.data[c] ?? 0;
      data[c] = Math.round(plain + share * ((data[c] ?? 0) - plain));
    }
  }
  return { data, width, height };
}

/** From seeds on over what may be gone on, side by side and across corners. */
function spread(seeds: Uint8Array, { width, height }: Size, goesOn: (at: number) => boolean): Uint8Array {
  const reached = seeds.slice();
  const open = Array.from(seeds.keys()).filter((at) => seeds[at]);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const [column, row] = [at % width, Math.floor(at / width)];
    for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
      for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) {
        const next = y * width + x;
        if (reached[next] || !goesOn(next)) continue;
        reached[next] = 1;
        open.push(next);
      }
    }
  }
  return reached;
}
