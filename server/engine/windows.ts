/**
 * Where the model looks at a picture: square windows around what is to change, one where one will do, else several from
 * the known outwards. The model knows whole garments at its own scale, so a window takes in context, and never shows a
 * picture smaller than it must.
 */
import { ToileError } from '../../shared/index.js';
import { boundMask, type Box } from './box.js';
import type { Size, Window } from './picture.js';

/** Image pixels a side from which more detail in a window is worth less than more of the garment. */
const CONTEXT_SIDE = 768;
/** Side of a window over that of the box that changes. */
const CONTEXT = 1.6;
const MAX_WINDOWS = 64;

export type PlanInput = {
  /** Of the picture, what expansion adds included. */
  size: Size;
  /** One byte a pixel of it; above 0 is to change. */
  mask: Uint8Array;
  /** Size of the picture before expansion: the scale at which the model has seen it. */
  own: Size;
  /** Pixels a side of the model's picture. */
  modelSide: number;
};

/**
 * Windows, all of one side, in the order to work them off; each changes what is left to change inside it.
 * @throws ToileError `image_too_large` where it would take over 64
 */
export function planWindows({ size, mask, own, modelSide }: PlanInput): Window[] {
  const box = boundMask(mask, size);
  if (!box) return [];
  const side = chooseSide({ box, size, own, modelSide });
  if (Math.max(box.right - box.left, box.bottom - box.top) <= side) return [{ ...centre(box, size, side), side }];
  return walk({ box, size, mask, side });
}

function chooseSide({ box, size, own, modelSide }: Omit<PlanInput, 'mask'> & { box: Box }): number {
  const [ownLong, long] = [Math.max(own.width, own.height), Math.max(size.width, size.height)];
  // beyond one and a half times the picture, its garment would be too small to continue
  const most = Math.min(long, Math.round(1.5 * ownLong));
  const least = Math.min(ownLong, Math.max(modelSide, Math.min(CONTEXT_SIDE, Math.round(ownLong / 2))));
  const wished = Math.round(CONTEXT * Math.max(box.right - box.left, box.bottom - box.top));
  return Math.max(1, least, Math.min(most, wished));
}

/** The place of a window around a box: within the picture where it fits, else with the picture in its middle. */
function centre(box: Box, size: Size, side: number): { x: number; y: number } {
  const along = (start: number, end: number, whole: number) =>
    side >= whole
      ? Math.floor((whole - side) / 2)
      : Math.min(whole - side, Math.max(0, Math.round((start + end - side) / 2)));
  return { x: along(box.left, box.right, size.width), y: along(box.top, box.bottom, size.height) };
}

/** Windows half overlapping over the box; next always the one with the most known in it. */
function walk({ box, size, mask, side }: { box: Box; size: Size; mask: Uint8Array; side: number }): Window[] {
  const stride = Math.max(1, Math.floor(side / 2));
  const starts = (start: number, end: number, whole: number) => {
    if (side >= whole) return [Math.floor((whole - side) / 2)];
    const at = new Set<number>();
    for (let from = start - stride; from < end; from += stride) {
      at.add(Math.min(whole - side, Math.max(0, from)));
    }
    return [...at];
  };
  const open: Window[] = starts(box.top, box.bottom, size.height).flatMap((y) =>
    starts(box.left, box.right, size.width).map((x) => ({ x, y, side })),
  );
  const done: Window[] = [];
  const remaining = mask.slice();
  for (;;) {
    const table = sumTable(remaining, size);
    let best: { window: Window; known: number } | undefined;
    for (const window of open) {
      const { count, area } = countIn(table, size, window);
      if (count === 0) continue;
      const known = 1 - count / area;
      if (!best || known > best.known + 1e-9) best = { window, known };
    }
    if (!best) return done;
    if (done.length === MAX_WINDOWS) {
      throw new ToileError(
        'image_too_large',
        `this edit of ${size.width}×${size.height} pixels takes over ${MAX_WINDOWS} windows of ${side}; expand in steps`,
      );
    }
    done.push(best.window);
    open.splice(open.indexOf(best.window), 1);
    eraseIn(remaining, size, best.window);
  }
}

/** Visits the part of a window that lies on the picture, row by row: offset of its first pixel, and its length. */
export function forRows(
  { x, y, side }: Window,
  { width, height }: Size,
  visit: (from: number, length: number) => void,
) {
  const [left, right] = [Math.max(0, x), Math.min(width, x + side)];
  if (right <= left) return;
  for (let row = Math.max(0, y); row < Math.min(height, y + side); row++) visit(row * width + left, right - left);
}

function eraseIn(mask: Uint8Array, size: Size, window: Window): void {
  forRows(window, size, (from, length) => mask.fill(0, from, from + length));
}

/** Sums over every rectangle from the origin, (height + 1) × (width + 1). */
function sumTable(mask: Uint8Array, { width, height }: Size): Uint32Array {
  const table = new Uint32Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    let sum = 0;
    for (let x = 0; x < width; x++) {
      if (mask[y * width + x]) sum++;
      const at = (y + 1) * (width + 1) + x + 1;
      table[at] = (table[at - width - 1] ?? 0) + sum;
    }
  }
  return table;
}

/** Pixels to change in a window, and pixels of the picture in it. */
function countIn(table: Uint32Array, { width, height }: Size, { x, y, side }: Window): { count: number; area: number } {
  const [left, right] = [Math.max(0, x), Math.min(width, x + side)];
  const [top, bottom] = [Math.max(0, y), Math.min(height, y + side)];
  const at = (column: number, row: number) => table[row * (width + 1) + column] ?? 0;
  return {
    count: at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top),
    area: (right - left) * (bottom - top),
  };
}
