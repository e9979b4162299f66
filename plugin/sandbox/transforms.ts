/** Geometry of the canvas: 2×3 affine transforms, rows first, and boxes along the axes of the page. */
import type { Transform } from '../messages.js';

export type Box = { x: number; y: number; width: number; height: number };

export const identity: Transform = [
  [1, 0, 0],
  [0, 1, 0],
];

/** First `inner`, then `outer`. */
export function multiply(outer: Transform, inner: Transform): Transform {
  const [[a, c, e], [b, d, f]] = outer;
  const [[p, r, t], [q, s, u]] = inner;
  return [
    [a * p + c * q, a * r + c * s, a * t + c * u + e],
    [b * p + d * q, b * r + d * s, b * t + d * u + f],
  ];
}

/** @throws RangeError where the transform flattens everything to a line, so that there is no way back */
export function invert(transform: Transform): Transform {
  const [[a, c, e], [b, d, f]] = transform;
  const area = a * d - b * c;
  if (!area) throw new RangeError('a node that is scaled to nothing has no coordinates of its own');
  return [
    [d / area, -c / area, (c * f - d * e) / area],
    [-b / area, a / area, (b * e - a * f) / area],
  ];
}

export function translate(x: number, y: number): Transform {
  return [
    [1, 0, x],
    [0, 1, y],
  ];
}

/** How much of the page two boxes share. Those without height or width, as of a line, count as a unit thick. */
export function overlap(one: Box, two: Box): number {
  const thick = ({ x, y, width, height }: Box) => ({ x, y, right: x + (width || 1), bottom: y + (height || 1) });
  const [a, b] = [thick(one), thick(two)];
  const width = Math.min(a.right, b.right) - Math.max(a.x, b.x);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

export function contains(outer: Box, inner: Box): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.width >= inner.x + inner.width &&
    outer.y + outer.height >= inner.y + inner.height
  );
}
