/** Sums of what lies around each pixel: averages over a mask divide those of the values by those of the mask. */
import type { Size } from './picture.js';

/** A triangle of weights, by two running sums along each axis; nothing lies outside the picture. */
export function sumAround(values: Float32Array, { width, height }: Size, radius: number): Float32Array {
  const across = (line: number) => ({ start: line * width, step: 1, length: width });
  const down = (line: number) => ({ start: line, step: width, length: height });
  let [from, to] = [values.slice(), new Float32Array(values.length)];
  for (let round = 0; round < 4; round++) {
    const [lines, axis] = round % 2 === 0 ? [height, across] : [width, down];
    for (let line = 0; line < lines; line++) {
      const { start, step, length } = axis(line);
      let sum = 0;
      for (let n = -radius; n < length; n++) {
        if (n + radius < length) sum += from[start + (n + radius) * step] ?? 0;
        if (n > radius) sum -= from[start + (n - radius - 1) * step] ?? 0;
        if (n >= 0) to[start + n * step] = sum;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
