/** Enlarging, with no room for more of the result than is asked for. */
import type { Part, Picture, Size } from './picture.js';

/**
 * A part of a picture made larger, by cubics through the pixels (Catmull-Rom). sharp's own enlarging moves a picture by half
 * a pixel of the result, and makes all of it.
 */
export function enlarge(picture: Picture, { width, height }: Size, part: Part): Picture {
  const columns = cubicTaps(picture.width, width, { start: part.x, length: part.width });
  const rows = cubicTaps(picture.height, height, { start: part.y, length: part.height });
  const [first, last] = [rows[0]?.[0].from ?? 0, rows.at(-1)?.[3].from ?? 0];
  const stride = 3 * part.width;
  const wide = new Float32Array(stride * (last - first + 1));
  for (const [x, [a, b, c, d]] of columns.entries()) {
    for (let y = first; y <= last; y++) {
      const row = picture.data.subarray(3 * y * picture.width, 3 * (y + 1) * picture.width);
      for (let n = 0; n < 3; n++) {
        const outer = a.weight * (row[3 * a.from + n] ?? 0) + d.weight * (row[3 * d.from + n] ?? 0);
        const inner = b.weight * (row[3 * b.from + n] ?? 0) + c.weight * (row[3 * c.from + n] ?? 0);
        wide[(y - first) * stride + 3 * x + n] = outer + inner;
      }
    }
  }
  // a clamped array rounds to nearest, and holds overshoot at 0 and 255
  const data = new Uint8ClampedArray(stride * part.height);
  const lineAt = ({ from }: Tap) => (from - first) * stride;
  for (const [y, [a, b, c, d]] of rows.entries()) {
    const [above, over, under, below] = [lineAt(a), lineAt(b), lineAt(c), lineAt(d)];
    for (let n = 0; n < stride; n++) {
      const outer = a.weight * (wide[above + n] ?? 0) + d.weight * (wide[below + n] ?? 0);
      const inner = b.weight * (wide[over + n] ?? 0) + c.weight * (wide[under + n] ?? 0);
      data[y * stride + n] = outer + inner;
    }
  }
  return { data: new Uint8Array(data.buffer), width: part.width, height: part.height };
}

type Tap = { from: number; weight: number };

/**
 * For each place of a stretch of `to` pixels the four of `from` around its middle, the edge ones repeated, and their
 * weights. Outside of `to` it is as at its nearest end.
 */
function cubicTaps(from: number, to: number, { start, length }: { start: number; length: number }) {
  return Array.from({ length }, (_, n): [Tap, Tap, Tap, Tap] => {
    const at = Math.min(to - 1, Math.max(0, start + n));
    const middle = ((at + 0.5) * from) / to - 0.5;
    const first = Math.floor(middle) - 1;
    const tap = (place: number): Tap => {
      const d = Math.abs(middle - place);
      const weight = d < 1 ? (1.5 * d - 2.5) * d * d + 1 : ((2.5 - 0.5 * d) * d - 4) * d + 2;
      return { from: Math.min(from - 1, Math.max(0, place)), weight };
    };
    return [tap(first), tap(first + 1), tap(first + 2), tap(first + 3)];
  });
}
