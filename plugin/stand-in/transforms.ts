/** What Figma asks of a node's transform: it turns and moves, angles in degrees and counter-clockwise. */
import { boxAround, cornersOf, type Box } from '../affine.js';

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
  return boxAround(cornersOf(transform, width, height));
}

/** null where they have nothing in common. */
export function overlap(one: Box, other: Box): Box | null {
  const [x, y] = [Math.max(one.x, other.x), Math.max(one.y, other.y)];
  const width = Math.min(one.x + one.width, other.x + other.width) - x;
  const height = Math.min(one.y + one.height, other.y + other.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}
