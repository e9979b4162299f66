/** Affine transforms in Figma's form: 2×3, rows first, y downwards, angles in degrees and counter-clockwise. */
import type { Box, Point } from './contract.js';

export const identity: Transform = [
  [1, 0, 0],
  [0, 1, 0],
];

/** First `inner`, then `outer`. */
export function compose(outer: Transform, inner: Transform): Transform {
  const [[a, c, e], [b, d, f]] = outer;
  const [[p, r, t], [q, s, u]] = inner;
  return [
    [a * p + c * q, a * r + c * s, a * t + c * u + e],
    [b * p + d * q, b * r + d * s, b * t + d * u + f],
  ];
}

/** @throws where the transform flattens the plane */
export function inverse([[a, c, e], [b, d, f]]: Transform): Transform {
  const area = a * d - b * c;
  if (area === 0) throw new Error('A transform that flattens the plane has no inverse.');
  return [
    [d / area, -c / area, (c * f - d * e) / area],
    [-b / area, a / area, (b * e - a * f) / area],
  ];
}

export function place([[a, c, e], [b, d, f]]: Transform, { x, y }: Point): Point {
  return { x: a * x + c * y + e, y: b * x + d * y + f };
}

export function shift(x: number, y: number): Transform {
  return [
    [1, 0, x],
    [0, 1, y],
  ];
}

/** Turns about the origin. */
export function turn(degrees: number): Transform {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [
    [cos, sin, 0],
    [-sin, cos, 0],
  ];
}

export function rotationOf([[m00], [m10]]: Transform): number {
  const degrees = (Math.atan2(-m10, m00) * 180) / Math.PI;
  return degrees === 0 ? 0 : degrees;
}

export function moved([[a, c], [b, d]]: Transform, x: number, y: number): Transform {
  return [
    [a, c, x],
    [b, d, y],
  ];
}

/** Figma's transforms never scale: both axes are made one unit long. */
export function withUnitAxes([[a, c, e], [b, d, f]]: Transform): Transform {
  const [across, down] = [Math.hypot(a, b), Math.hypot(c, d)];
  if (across === 0 || down === 0) throw new Error('A transform needs two axes.');
  return [
    [a / across, c / down, e],
    [b / across, d / down, f],
  ];
}

/** The upright box around width × height as the transform places it. */
export function boundsOf(transform: Transform, { width, height }: { width: number; height: number }): Box {
  return boxAround(
    [
      { x: 0, y: 0 },
      { x: width, y: 0 },
      { x: width, y: height },
      { x: 0, y: height },
    ].map((corner) => place(transform, corner)),
  );
}

export function boxAround(points: readonly Point[]): Box {
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

export function union(boxes: readonly Box[]): Box {
  return boxAround(
    boxes.flatMap(({ x, y, width, height }) => [
      { x, y },
      { x: x + width, y: y + height },
    ]),
  );
}

/** null where they have nothing in common. */
export function overlap(one: Box, other: Box): Box | null {
  const [x, y] = [Math.max(one.x, other.x), Math.max(one.y, other.y)];
  const width = Math.min(one.x + one.width, other.x + other.width) - x;
  const height = Math.min(one.y + one.height, other.y + other.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}
