/** Leaves out the points of a drawn line that it hardly needs (Ramer, Douglas and Peucker's way). */
import type { Point } from '../affine.js';

/** @param slack how far the line may move, in the points' units */
export function simplify(points: readonly Point[], slack: number): Point[] {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last || points.length < 3) return [...points];
  let farthest = 0;
  let at = 0;
  points.forEach((point, index) => {
    const away = distance(point, first, last);
    if (away > farthest) [farthest, at] = [away, index];
  });
  if (farthest <= slack) return [first, last];
  const before = simplify(points.slice(0, at + 1), slack);
  return [...before.slice(0, -1), ...simplify(points.slice(at), slack)];
}

/** From a point to the stretch between two others; they may be the same, as where a lasso ends at its start. */
function distance(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / length;
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(point.x - from.x - share * dx, point.y - from.y - share * dy);
}
