/** Plane geometry in Figma's form: 2×3 affine transforms, rows first, points as {x, y}. */
import type { Transform } from '../messages.js';

export type Point = { x: number; y: number };
export type Box = { x: number; y: number; width: number; height: number };

export const identity: Transform = [
  [1, 0, 0],
  [0, 1, 0],
];

/** First `b`, then `a`. */
export function multiply(a: Transform, b: Transform): Transform {
  const [[a0, a1, a2], [a3, a4, a5]] = a;
  const [[b0, b1, b2], [b3, b4, b5]] = b;
  return [
    [a0 * b0 + a1 * b3, a0 * b1 + a1 * b4, a0 * b2 + a1 * b5 + a2],
    [a3 * b0 + a4 * b3, a3 * b1 + a4 * b4, a3 * b2 + a4 * b5 + a5],
  ];
}

/** A flat transform (of no area) has no inverse, and gives zeros. */
export function invert([[a, b, c], [d, e, f]]: Transform): Transform {
  const determinant = a * e - b * d;
  const k = determinant === 0 ? 0 : 1 / determinant;
  return [
    [e * k, -b * k, (b * f - c * e) * k],
    [-d * k, a * k, (c * d - a * f) * k],
  ];
}

export function apply([[a, b, c], [d, e, f]]: Transform, { x, y }: Point): Point {
  return { x: a * x + b * y + c, y: d * x + e * y + f };
}

export function translation(x: number, y: number): Transform {
  return [
    [1, 0, x],
    [0, 1, y],
  ];
}

export function scaling(x: number, y = x): Transform {
  return [
    [x, 0, 0],
    [0, y, 0],
  ];
}

/** Clockwise on a canvas, whose y grows downwards. */
export function rotation(degrees: number): Transform {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [
    [cos, -sin, 0],
    [sin, cos, 0],
  ];
}

/** How many canvas units one unit of the transform's own space takes, on average. */
export function scaleOf([[a, b], [d, e]]: Transform): number {
  return Math.sqrt(Math.abs(a * e - b * d));
}

/** Corners of width × height, clockwise from the top left, as the transform places them. */
export function cornersOf(transform: Transform, width: number, height: number): [Point, Point, Point, Point] {
  return [
    apply(transform, { x: 0, y: 0 }),
    apply(transform, { x: width, y: 0 }),
    apply(transform, { x: width, y: height }),
    apply(transform, { x: 0, y: height }),
  ];
}

export function boxAround(points: readonly Point[]): Box {
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

export function boxBetween(a: Point, b: Point): Box {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

export function centreOf({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

/** As the 2D context takes it. */
export function toMatrix([[a, c, e], [b, d, f]]: Transform): [number, number, number, number, number, number] {
  return [a, b, c, d, e, f];
}
