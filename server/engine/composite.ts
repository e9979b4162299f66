/** Lays a generated picture over its base so that no pixel outside the mask changes. */
import { boundMask, cutBox, intersect, type Box } from './box.js';
import type { Picture, Size, Source } from './picture.js';

/** `weights` are (height · width) bytes of the base; the patch may stick out of the base. */
export type Layer = { base: Source; patch: Picture; at: { x: number; y: number }; weights: Uint8Array };

/**
 * The patch over the base, as opaque as the weights say. Where a weight is 0 the result has the base's own bytes; where
 * it is 255 the patch's. In between colours mix by what can be seen of each, so what lies under full transparency never
 * shows; alpha a becomes a + (255 - a) · weight / 255.
 */
export function composite({ base, patch, at, weights }: Layer): Source {
  const data = base.data.slice();
  const alpha = base.alpha?.slice();
  const { left, top, right, bottom } = overlap(base, patch, at);
  for (let y = top; y < bottom; y++) {
    let from = 3 * ((y - at.y) * patch.width + left - at.x);
    for (let to = y * base.width + left; to < y * base.width + right; to++, from += 3) {
      const weight = weights[to] ?? 0;
      if (weight === 0) continue;
      const below = alpha ? (alpha[to] ?? 0) : 255;
      const covered = below + ((255 - below) * weight) / 255;
      if (alpha) alpha[to] = Math.round(covered);
      const share = weight / covered;
      for (let c = 0; c < 3; c++) {
        const old = data[3 * to + c] ?? 0;
        data[3 * to + c] = Math.round(old + share * ((patch.data[from + c] ?? 0) - old));
      }
    }
  }
  const { width, height } = base;
  return alpha?.some((opacity) => opacity < 255) ? { data, alpha, width, height } : { data, width, height };
}

/**
 * The edit alone, for a canvas that keeps the base as a layer of its own: the patch's own colours over the box of
 * weights above 0, with the weight as alpha. Drawn over the base at (x, y) by the standard "over", it gives what
 * `composite` gives, to within rounding; where its alpha is 255 it is the result. An edited pixel that is half
 * transparent is therefore not the blend, but what to blend in: the patch stays right over a changed base too. Beyond the
 * base's `own` box, which an expansion has grown around, nothing lies under the patch, and it holds the blend itself.
 * @throws RangeError where no weight is above 0
 */
export function cutPatch(layer: Layer, own: Box = whole(layer.base)): { patch: Source; x: number; y: number } {
  const { base, patch, at, weights } = layer;
  const painted = boundMask(weights, base);
  const box = painted && intersect(painted, overlap(base, patch, at));
  if (!box) throw new RangeError('there is no patch to cut: every weight is 0');
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const data = new Uint8Array(3 * width * height);
  const alpha = cutBox(weights, base, box);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((box.top + y - at.y) * patch.width + box.left - at.x);
    data.set(patch.data.subarray(from, from + 3 * width), 3 * y * width);
  }
  const inside = holds(own, box.left, box.top) && holds(own, box.right - 1, box.bottom - 1);
  const blend = inside ? undefined : composite(layer);
  for (let y = 0, to = 0; blend && y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      if (holds(own, box.left + x, box.top + y)) continue;
      const from = (box.top + y) * base.width + box.left + x;
      data.set(blend.data.subarray(3 * from, 3 * from + 3), 3 * to);
      alpha[to] = blend.alpha?.[from] ?? 255;
    }
  }
  const opaque = alpha.every((weight) => weight === 255);
  return { patch: { data, width, height, ...(opaque ? {} : { alpha }) }, x: box.left, y: box.top };
}

function whole({ width, height }: Size): Box {
  return { left: 0, top: 0, right: width, bottom: height };
}

function holds({ left, top, right, bottom }: Box, x: number, y: number): boolean {
  return x >= left && x < right && y >= top && y < bottom;
}

function overlap(base: Size, patch: Size, at: { x: number; y: number }): Box {
  const [left, top] = [Math.max(0, at.x), Math.max(0, at.y)];
  return {
    left,
    top,
    right: Math.min(base.width, at.x + patch.width),
    bottom: Math.min(base.height, at.y + patch.height),
  };
}
