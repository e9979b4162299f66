/** How boxes on the page lie to each other. */
import type { Box } from '../affine.js';

/** How much of the page two boxes share. Those without height or width, as of a line, count as a unit thick. */
export function overlap(one: Box, two: Box): number {
  const thick = ({ x, y, width, height }: Box) => ({ x, y, right: x + (width || 1), bottom: y + (height || 1) });
  const [a, b] = [thick(one), thick(two)];
  const width = Math.min(a.right, b.right) - Math.max(a.x, b.x);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}
