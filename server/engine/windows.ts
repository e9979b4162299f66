/**
 * Where the model looks at a picture: square windows around what is to change, one where one will do, else several from
 * the known outwards. The model knows whole garments at its own scale, so a window takes in context, and never shows a
 * picture smaller than it must.
 */
import { ToileError, type ModelPixels } from '../../shared/index.js';
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
  /** Of the model's picture. */
  modelSide: ModelPixels;
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
  const remaining = mask.slice();
  const open = starts(box.top, box.bottom, size.height).flatMap((y) =>
    starts(box.left, box.right, size.width).map((x) => {
      const window = { x, y, side };
      return { window, ...countIn(remaining, size, window) };
    }),
  );
  const done: Window[] = [];
  for (;;) {
    let best: { at: number; known: number } | undefined;
    for (const [at, { count, area }] of open.entries()) {
      const known = 1 - count / area;
      if (count > 0 && (!best || known > best.known + 1e-9)) best = { at, known };
    }
    const [next] = best ? open.splice(best.at, 1) : [];
    if (!next) return done;
    if (done.length === MAX_WINDOWS) {
      throw new ToileError(
        'image_too_large',
        `this edit of ${size.width}×${size.height} pixels takes over ${MAX_WINDOWS} windows of ${side}; expand in steps`,
      );
    }
    const { window } = next;
    done.push(window);
    forRows(window, size, (from, length) => remaining.fill(0, from, from + length));
    for (const other of open) {
      const apart = Math.max(Math.abs(other.window.x - window.x), Math.abs(other.window.y - window.y));
      if (apart < side) Object.assign(other, countIn(remaining, size, other.window));
    }
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

/** Pixels to change in a window, and pixels of the picture in it. */
function countIn(mask: Uint8Array, size: Size, window: Window): { count: number; area: number } {
  let [count, area] = [0, 0];
  forRows(window, size, (from, length) => {
    area += length;
    for (let at = from; at < from + length; at++) if (mask[at]) count++;
  });
  return { count, area };
}
