/** Arithmetic of 2×3 affine transforms, rows first. */
import type { Transform } from '../../messages.js';

export type Point = { x: number; y: number };

/** What `second` does to what `first` gives. */
export function chain(first: Transform, second: Transform): Transform {
  const row = ([a, b, c]: [number, number, number]): [number, number, number] => [
    a * first[0][0] + b * first[1][0],
    a * first[0][1] + b * first[1][1],
    a * first[0][2] + b * first[1][2] + c,
  ];
  return [row(second[0]), row(second[1])];
}

export function scaling(x: number, y: number): Transform {
  return [
    [x, 0, 0],
    [0, y, 0],
  ];
}

export function shift(x: number, y: number): Transform {
  return [
    [1, 0, x],
    [0, 1, y],
  ];
}

/** Clockwise, as y points down. Quarter turns are exact, so that they move whole pixels. */
export function quarterTurns(count: number): Transform {
  const turn = ((count % 4) + 4) % 4;
  const cos = [1, 0, -1, 0][turn] ?? 1;
  const sin = [0, 1, 0, -1][turn] ?? 0;
  return [
    [cos, -sin, 0],
    [sin, cos, 0],
  ];
}

/** @throws RangeError where everything falls onto a line */
export function invert([[a, c, e], [b, d, f]]: Transform): Transform {
  const determinant = a * d - b * c;
  if (determinant === 0) throw new RangeError('a transform that flattens everything has no inverse');
  return [
    [d / determinant, -c / determinant, (c * f - d * e) / determinant],
    [-b / determinant, a / determinant, (b * e - a * f) / determinant],
  ];
}

export function place([[a, c, e], [b, d, f]]: Transform, { x, y }: Point): Point {
  return { x: a * x + c * y + e, y: b * x + d * y + f };
}

/** How much longer a step along x, and along y, becomes. */
export function stretch([[a, c], [b, d]]: Transform): Point {
  return { x: Math.hypot(a, b), y: Math.hypot(c, d) };
}
