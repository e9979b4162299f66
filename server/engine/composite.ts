/** Lays a generated picture over its base so that no pixel outside the mask changes and none at its edge shows. */
import { boundMask, type Box } from './box.js';
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
 * transparent is therefore not the blend, but what to blend in: the patch stays right over a changed base too.
 * @throws RangeError where no weight is above 0
 */
export function cutPatch({ base, patch, at, weights }: Layer): { patch: Source; x: number; y: number } {
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
  const opaque = alpha.every((weight) => weight === 255);
  return { patch: { data, width, height, ...(opaque ? {} : { alpha }) }, x: box.left, y: box.top };
}

/**
 * Weights that rise from the mask's outside edge inwards: the mask's own value, but at most 255 · d / radius at distance
 * d from the nearest pixel outside the mask. 0 where the mask is 0, and only there. The picture's border is no edge.
 * Where the mask is thinner than the radius allows, the ramp ends at the largest disc that fits around the pixel, so that
 * the middle of every part has the mask's own value.
 * @param radius image pixels
 */
export function featherInside(mask: Uint8Array, size: Size, radius: number): Uint8Array {
  const weights = new Uint8Array(mask.length);
  const inner = boundMask(mask, size);
  if (!inner) return weights;
  // one pixel more on each side, where there is one: the edge lies there
  const box = {
    left: Math.max(0, inner.left - 1),
    top: Math.max(0, inner.top - 1),
    right: Math.min(size.width, inner.right + 1),
    bottom: Math.min(size.height, inner.bottom + 1),
  };
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const part = cutBox(mask, size, box);
  const depth = squaredDepth(part, { width, height });
  // half a pixel's play: the middle of slanted and round parts lies between pixels
  const thickness = localThickness(depth, { width, height }, radius + 0.5);
  for (let y = 0, at = 0; y < height; y++) {
    const row = (box.top + y) * size.width + box.left;
    for (let x = 0; x < width; x++, at++) {
      const value = part[at] ?? 0;
      if (value === 0) continue;
      const ramp = (255 * Math.sqrt(depth[at] ?? 0)) / Math.max(1, (thickness[at] ?? 0) - 0.5);
      weights[row + x] = Math.min(value, Math.max(1, Math.round(ramp)));
    }
  }
  return weights;
}

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
  const seen = smooth(known, generated);
  for (let c = 0; c < 3; c++) {
    const error = known.map((k, at) => k * ((original.data[3 * at + c] ?? 0) - (generated.data[3 * at + c] ?? 0)));
    const mean = smooth(error, generated).map((sum, at) => (known[at] ? sum / (seen[at] ?? 1) : 0));
    const carried = fillUnknown(mean, known, generated);
    for (let at = 0; at < carried.length; at++) {
      const value = (generated.data[3 * at + c] ?? 0) + (fade[at] ?? 0) * (carried[at] ?? 0);
      out[3 * at + c] = known[at] ? (original.data[3 * at + c] ?? 0) : Math.min(255, Math.max(0, Math.round(value)));
    }
  }
  return { data: out, width, height };
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

function intersect(a: Box, b: Box): Box | undefined {
  const [left, top] = [Math.max(a.left, b.left), Math.max(a.top, b.top)];
  const [right, bottom] = [Math.min(a.right, b.right), Math.min(a.bottom, b.bottom)];
  return left < right && top < bottom ? { left, top, right, bottom } : undefined;
}

function cutBox(bytes: Uint8Array, { width }: Size, { left, top, right, bottom }: Box): Uint8Array {
  const out = new Uint8Array((right - left) * (bottom - top));
  for (let y = top; y < bottom; y++) {
    out.set(bytes.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  }
  return out;
}

/**
 * Squared Euclidean distance of each pixel to the nearest one where the mask is 0; Infinity where there is none. By
 * columns, then by rows as the lower envelope of parabolas (Felzenszwalb & Huttenlocher 2012); runs of masked pixels
 * don't see past the edges they lie between, so each is done alone.
 */
function squaredDepth(mask: Uint8Array, { width, height }: Size): Float32Array {
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

/**
 * How thick the mask is around each pixel: the radius of the largest disc within it that covers the pixel, `limit` at
 * most. A disc that misses the pixel counts less by the gap, so that corners and the roots of thin parts have no jumps.
 * Every pixel takes over the best disc of its neighbours, in four sweeps; pixels deeper than `limit` are left alone.
 */
function localThickness(depth: Float32Array, { width, height }: Size, limit: number): Float32Array {
  const thickness = depth.map((d) => Math.min(Math.sqrt(d), limit));
  const radius = thickness.slice();
  // the disc's centre, seen from the pixel
  const dx = new Int16Array(depth.length);
  const dy = new Int16Array(depth.length);

  function takeOver(at: number, x: number, y: number): void {
    const from = at + y * width + x;
    const cx = (dx[from] ?? 0) + x;
    const cy = (dy[from] ?? 0) + y;
    const disc = radius[at + cy * width + cx] ?? 0;
    const own = thickness[at] ?? 0;
    if (disc < own) return;
    const far = cx * cx + cy * cy;
    const offer = far <= disc * disc ? disc : 2 * disc - Math.sqrt(far);
    // of equal discs the nearer one serves more of the pixels to come
    if (offer < own || (offer === own && far >= (dx[at] ?? 0) ** 2 + (dy[at] ?? 0) ** 2)) return;
    thickness[at] = offer;
    dx[at] = cx;
    dy[at] = cy;
  }

  function sweepRow(y: number, from: -1 | 1): void {
    const row = y * width;
    const shallow = (x: number) => (radius[row + x] ?? 0) > 0 && (radius[row + x] ?? 0) < limit;
    const inside = y + from >= 0 && y + from < height;
    for (let x = 0; x < width; x++) {
      if (!shallow(x)) continue;
      if (x > 0) takeOver(row + x, -1, 0);
      if (!inside) continue;
      if (x > 0) takeOver(row + x, -1, from);
      takeOver(row + x, 0, from);
      if (x + 1 < width) takeOver(row + x, 1, from);
    }
    for (let x = width - 2; x >= 0; x--) if (shallow(x)) takeOver(row + x, 1, 0);
  }

  for (let y = 0; y < height; y++) sweepRow(y, -1);
  for (let y = height - 1; y >= 0; y--) sweepRow(y, 1);
  return thickness;
}

/** 1 at 0, level there and at 1, 0 from 1 on. */
function fadeOut(t: number): number {
  return t < 1 ? 1 - t * t * (3 - 2 * t) : 0;
}

/** A triangle of weights, by two running sums along each axis; nothing lies outside the picture. */
function smooth(values: Float32Array, { width, height }: Size): Float32Array {
  const across = (line: number) => ({ start: line * width, step: 1, length: width });
  const down = (line: number) => ({ start: line, step: width, length: height });
  let [from, to] = [values.slice(), new Float32Array(values.length)];
  for (let round = 0; round < 4; round++) {
    const [lines, axis] = round % 2 === 0 ? [height, across] : [width, down];
    for (let line = 0; line < lines; line++) {
      const { start, step, length } = axis(line);
      let sum = 0;
      for (let n = -SMOOTHING_RADIUS; n < length; n++) {
        if (n + SMOOTHING_RADIUS < length) sum += from[start + (n + SMOOTHING_RADIUS) * step] ?? 0;
        if (n > SMOOTHING_RADIUS) sum -= from[start + (n - SMOOTHING_RADIUS - 1) * step] ?? 0;
        if (n >= 0) to[start + n * step] = sum;
      }
    }
    [from, to] = [to, from];
  }
  return from;
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
