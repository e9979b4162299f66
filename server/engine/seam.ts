/** The edge between old and new: what the codec does to colours shall not show there. */
import { squaredDepth } from './depth.js';
import type { Picture, Size } from './picture.js';
import { sumAround } from './sum-around.js';

export type Seam = {
  /** The decoded grid: new cells, and the codec's reconstruction of the others. */
  generated: Picture;
  /** What was encoded, of the same size. */
  original: Picture;
  /** One byte a pixel; 0 is preserved. */
  mask: Uint8Array;
  /** Above 0 where cells were drawn anew: whole cells, so more than the mask. The mask itself if absent. */
  regenerated?: Uint8Array;
  /** How far from the mask's edge the correction reaches, in model pixels. */
  reach?: number;
};

/** Pixels of the box that averages the codec's error, run twice: sharp residue beside the mask must not smear into it. */
const SMOOTHING_RADIUS = 3;

/**
 * Takes the codec's colour error out of the seam. Where cells were kept, original - generated is that error; smoothed
 * and carried on into the mask it is added to the generated picture there, all of it at the mask's edge and nothing
 * from `reach` on. Old colours don't come along, for the error knows none. Kept pixels outside the mask become the
 * original's, so that resizing finds no step at the edge either. All at the model's scale.
 */
export function matchSeam({ generated, original, mask, regenerated = mask, reach = 24 }: Seam): Picture {
  const { width, height } = generated;
  const known = Float32Array.from(mask, (value, at) => (value === 0 && !regenerated[at] ? 1 : 0));
  const out = generated.data.slice();
  if (!known.includes(1)) return { data: out, width, height };

  const fade = Float32Array.from(squaredDepth(mask, generated), (d) => fadeOut(Math.sqrt(d) / reach));
  const seen = sumAround(known, generated, SMOOTHING_RADIUS);
  for (let c = 0; c < 3; c++) {
    const error = known.map((k, at) => k * ((original.data[3 * at + c] ?? 0) - (generated.data[3 * at + c] ?? 0)));
    const mean = sumAround(error, generated, SMOOTHING_RADIUS).map((sum, at) =>
      known[at] ? sum / (seen[at] ?? 1) : 0,
    );
    const carried = fillUnknown(mean, known, generated);
    for (let at = 0; at < carried.length; at++) {
      const value = (generated.data[3 * at + c] ?? 0) + (fade[at] ?? 0) * (carried[at] ?? 0);
      out[3 * at + c] = known[at] ? (original.data[3 * at + c] ?? 0) : Math.min(255, Math.max(0, Math.round(value)));
    }
  }
  return { data: out, width, height };
}

/** 1 at 0, level there and at 1, 0 from 1 on. */
function fadeOut(t: number): number {
  return t < 1 ? 1 - t * t * (3 - 2 * t) : 0;
}

/**
 * Push-pull: what is known is averaged into ever coarser pictures until all is, and those fill the finer ones' gaps by
 * bilinear interpolation. `known` weighs 0 to 1.
 */
function fillUnknown(values: Float32Array, known: Float32Array, { width, height }: Size): Float32Array {
  if (width === 1 && height === 1) return values;
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  const sums = new Float32Array(half.width * half.height);
  const weights = new Float32Array(half.width * half.height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const to = (y >> 1) * half.width + (x >> 1);
      sums[to] = (sums[to] ?? 0) + (values[at] ?? 0) * (known[at] ?? 0);
      weights[to] = (weights[to] ?? 0) + (known[at] ?? 0);
    }
  }
  const means = sums.map((sum, at) => (weights[at] ? sum / (weights[at] ?? 1) : 0));
  const coarse = fillUnknown(
    means,
    weights.map((weight) => Math.min(1, weight)),
    half,
  );
  const out = values.slice();
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const weight = known[at] ?? 0;
      if (weight < 1) out[at] = weight * (values[at] ?? 0) + (1 - weight) * interpolate(coarse, half, x, y);
    }
  }
  return out;
}

/** A picture of half the size at a fine pixel: 3 parts of the coarse pixel it lies in, 1 part of the nearest neighbour. */
function interpolate(coarse: Float32Array, { width, height }: Size, x: number, y: number): number {
  const [x0, y0] = [x >> 1, y >> 1];
  const x1 = Math.min(width - 1, Math.max(0, x0 + (x & 1 ? 1 : -1)));
  const y1 = Math.min(height - 1, Math.max(0, y0 + (y & 1 ? 1 : -1)));
  const near = 3 * (coarse[y0 * width + x0] ?? 0) + (coarse[y0 * width + x1] ?? 0);
  const far = 3 * (coarse[y1 * width + x0] ?? 0) + (coarse[y1 * width + x1] ?? 0);
  return (3 * near + far) / 16;
}
