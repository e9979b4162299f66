/** How opaque an edit is: it fades in from its mask's edge, so that the edge doesn't show. */
import { boundMask, cutBox } from './box.js';
import { squaredDepth } from './depth.js';
import type { Size } from './picture.js';

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
