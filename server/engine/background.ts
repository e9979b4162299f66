/** Which cells of a picture are plain background, as a product photo has around its garment. */
import type { ModelPixels } from '../../shared/index.js';
import { medianColour, readRing } from './border.js';
import type { Picture } from './picture.js';

/** Of 255: how far a background pixel may lie from the background's colour. */
const TOLERANCE = 14;

/**
 * It reaches as far from the border as cells of its colour hang together, so that a white garment on white is none of it
 * but for its edge.
 * @returns one byte a cell, row-major: 1 where every pixel has nearly that colour
 */
export function findBackground({ data, width, height }: Picture, cell: ModelPixels): Uint8Array {
  const colour = backgroundColour({ data, width, height });
  const columns = width / cell;
  const plain = new Uint8Array(columns * (height / cell)).fill(1);
  for (let at = 0; at < width * height; at++) {
    const near = colour.every((value, c) => Math.abs((data[3 * at + c] ?? 0) - value) <= TOLERANCE);
    if (!near) plain[Math.floor(at / width / cell) * columns + Math.floor((at % width) / cell)] = 0;
  }
  return reach(plain, columns);
}

/**
 * Of background cells those that have no garment on one of their four sides, to the picture's edge. The others lie in a
 * garment as pale as the background, into which it has found a way.
 * @param plain as `findBackground` gives it
 */
export function findOpen(plain: Uint8Array, columns: number): Uint8Array {
  const rows = plain.length / columns;
  const isGarment = (row: number, column: number) => plain[row * columns + column] === 0;
  const along = (from: number, to: number, isHit: (at: number) => boolean) => {
    for (let at = from; at < to; at++) if (isHit(at)) return true;
    return false;
  };
  return plain.map((value, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const inRow = (other: number) => isGarment(row, other);
    const inColumn = (other: number) => isGarment(other, column);
    const enclosed =
      along(0, column, inRow) && along(column, columns, inRow) && along(0, row, inColumn) && along(row, rows, inColumn);
    return enclosed ? 0 : value;
  });
}

/** The median of the picture's border, in each channel. */
export function backgroundColour(picture: Picture): number[] {
  return medianColour(readRing(picture));
}

/** Of the plain cells those that hang together with the border, side by side. */
function reach(plain: Uint8Array, columns: number): Uint8Array {
  const rows = plain.length / columns;
  const reached = new Uint8Array(plain.length);
  const open: number[] = [];
  const visit = (row: number, column: number): void => {
    const at = row * columns + column;
    if (row < 0 || row >= rows || column < 0 || column >= columns || !plain[at] || reached[at]) return;
    reached[at] = 1;
    open.push(at);
  };
  for (let row = 0; row < rows; row++) for (const column of [0, columns - 1]) visit(row, column);
  for (let column = 0; column < columns; column++) for (const row of [0, rows - 1]) visit(row, column);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const [row, column] = [Math.floor(at / columns), at % columns];
    visit(row - 1, column);
    visit(row + 1, column);
    visit(row, column - 1);
    visit(row, column + 1);
  }
  return reached;
}
