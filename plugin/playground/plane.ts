/** What drawing and tools ask of plane geometry beyond the plugin's own. */
import { invert, scaling, type Box, type Point, type Transform } from '../affine.js';

/** A flat transform (of no area) has no inverse, and gives zeros: what it would draw can't be seen. */
export function invertOrFlatten(transform: Transform): Transform {
  return scaleOf(transform) > 0 ? invert(transform) : scaling(0);
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

export function boxBetween(a: Point, b: Point): Box {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

export function centreOf({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}
