/** The area that a stroke covers. Joints and ends are round, whatever the node says: close enough to mask with. */
import type { Point } from './contract.js';
import type { Polyline } from './path-data.js';

const ROUND = 16;

/** Closed lines that all turn the same way, so that one NONZERO path of them is their union. */
export function outlineStroke(lines: readonly Polyline[], weight: number): Polyline[] {
  const half = weight / 2;
  return lines.flatMap(({ points, closed }) => {
    const last = points[0];
    const all = closed && last ? [...points, last] : points;
    const sides = all.slice(1).flatMap((till, index) => {
      const from = all[index];
      return from ? side(from, till, half) : [];
    });
    return [...sides, ...points.map((point) => dot(point, half))];
  });
}

function side(from: Point, till: Point, half: number): Polyline[] {
  const length = Math.hypot(till.x - from.x, till.y - from.y);
  if (length === 0) return [];
  const x = (-(till.y - from.y) / length) * half;
  const y = ((till.x - from.x) / length) * half;
  const points = [
    { x: from.x - x, y: from.y - y },
    { x: till.x - x, y: till.y - y },
    { x: till.x + x, y: till.y + y },
    { x: from.x + x, y: from.y + y },
  ];
  return [{ points, closed: true }];
}

function dot({ x, y }: Point, radius: number): Polyline {
  const points = Array.from({ length: ROUND }, (_, index) => {
    const angle = (2 * Math.PI * index) / ROUND;
    return { x: x + radius * Math.cos(angle), y: y + radius * Math.sin(angle) };
  });
  return { points, closed: true };
}
