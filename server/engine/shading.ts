/** Folds and shadows: new cloth lies as the old one did. */
import type { Picture, Size } from './picture.js';
import { sumAround } from './sum-around.js';

/** Model pixels of the two averages between which folds lie: wider than a print's strokes, narrower than a garment. */
const NARROW = 4;
const WIDE = 16;
/** Log luminance beyond which a difference is a print's or an outline's rather than a fold's, and is held back. */
const DEEPEST = 0.15;

export type Folds = {
  generated: Picture;
  original: Picture;
  /** One byte a pixel; above 0 is new cloth. */
  mask: Uint8Array;
  /** 0 leaves the generated picture, 1 takes over all of the base's shading. */
  strength: number;
};

/**
 * Multiplies the new cloth by the base's luminance relative to its surroundings inside the mask. Luminance of the codes'
 * own gamma, all at the model's scale. Folds that the generated picture already has there are counted off.
 */
export function keepFolds({ generated, original, mask, strength }: Folds): Picture {
  const { width, height } = generated;
  const old = relief(original, mask);
  const own = relief(generated, mask);
  const data = generated.data.slice();
  for (let at = 0; at < width * height; at++) {
    if (!mask[at]) continue;
    const depth = DEEPEST * Math.tanh(((old[at] ?? 0) - (own[at] ?? 0)) / DEEPEST);
    const gain = Math.exp(strength * depth);
    for (let c = 3 * at; c < 3 * at + 3; c++) data[c] = Math.min(255, Math.round((data[c] ?? 0) * gain));
  }
  return { data, width, height };
}

/** Log luminance of each masked pixel against the mask around it. */
function relief(picture: Picture, mask: Uint8Array): Float32Array {
  const log = new Float32Array(mask.length);
  for (let at = 0; at < mask.length; at++) {
    const [r = 0, g = 0, b = 0] = picture.data.subarray(3 * at, 3 * at + 3);
    // the offset keeps noise in near black from looking like deep folds
    if (mask[at]) log[at] = Math.log(0.299 * r + 0.587 * g + 0.114 * b + 24);
  }
  const narrow = average(log, mask, picture, NARROW);
  const wide = average(narrow, mask, picture, WIDE);
  return narrow.map((value, at) => (mask[at] ? value - (wide[at] ?? 0) : 0));
}

/** Mean over the masked pixels within a box of `radius`, twice, which is nearly a Gaussian. */
function average(values: Float32Array, mask: Uint8Array, size: Size, radius: number): Float32Array {
  const inside = Float32Array.from(mask, (value) => (value ? 1 : 0));
  const sums = sumAround(
    values.map((value, at) => value * (inside[at] ?? 0)),
    size,
    radius,
  );
  const counts = sumAround(inside, size, radius);
  return sums.map((sum, at) => sum / Math.max(1e-6, counts[at] ?? 0));
}
