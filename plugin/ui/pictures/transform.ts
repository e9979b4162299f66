/** Transforms as image fills are laid out with. */
import { multiply, type Point, type Transform } from '../../affine.js';

/** What the steps do one after another. */
export function chain(...[first, ...others]: [Transform, ...Transform[]]): Transform {
  return others.reduce((done, next) => multiply(next, done), first);
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

/** How much longer a step along x, and along y, becomes. */
export function stretch([[a, c], [b, d]]: Transform): Point {
  return { x: Math.hypot(a, b), y: Math.hypot(c, d) };
}
