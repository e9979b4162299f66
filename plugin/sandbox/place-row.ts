/** Where a row of results goes: beside or below its source, over nothing that is there already. */
import { contains, type Box } from '../affine.js';
import { overlap } from './boxes.js';

/** Canvas units between a row and what lies beside it, and between the pictures in it. */
export const GAP = 24;
/** Above and below a row: the canvas shows its name there. */
export const ROW_GAP = 48;

export type Size = { width: number; height: number };
/** How the pictures of a row lie: side by side, or one below the other. */
export type Layout = 'HORIZONTAL' | 'VERTICAL';

/**
 * From `start` downwards, until the row covers nothing.
 * @param taken boxes that are not to be covered
 */
export function findPlace(
  start: { x: number; y: number },
  size: Size,
  taken: readonly Box[],
): { x: number; y: number } {
  const grown = taken.map(({ x, y, width, height }) => ({
    x: x - GAP,
    y: y - ROW_GAP,
    width: width + 2 * GAP,
    height: height + 2 * ROW_GAP,
  }));
  let y = start.y;
  for (;;) {
    // a hair less, since boxes that lie a gap apart are far enough
    const row = { x: start.x + 0.1, y: y + 0.1, width: size.width - 0.2, height: size.height - 0.2 };
    const inTheWay = grown.find((box) => overlap(row, box) > 0);
    if (!inTheWay) return { x: start.x, y };
    y = inTheWay.y + inTheWay.height;
  }
}

/**
 * To the right of its source or below it, wherever less is in the way.
 * @param source what the row is made from
 * @param outermost what holds the source on the page, or the source itself: a row inside it would cover its content
 * @param options `taken` is what else lies on the page; `below` is where it goes if as much is in the way on both sides
 */
export function placeBeside(
  source: Box,
  outermost: Box,
  options: { size: Size; taken: readonly Box[]; below: boolean },
): { x: number; y: number } {
  const right = { x: outermost.x + outermost.width + GAP, y: source.y };
  const under = { x: source.x, y: outermost.y + outermost.height + ROW_GAP };
  // a backdrop, or a section, which everything lies on
  const taken = options.taken.filter((box) => !contains(box, source));
  const beside = findPlace(right, options.size, taken);
  const below = findPlace(under, options.size, taken);
  const [past, pastBelow] = [beside.y - right.y, below.y - under.y];
  return pastBelow < past || (options.below && pastBelow === past) ? below : beside;
}

/** @param view the part of the page that the designer sees */
export function placeInView(view: Box, size: Size, taken: readonly Box[]): { x: number; y: number } {
  const x = Math.round(view.x + (view.width - size.width) / 2);
  // above the middle: what is made of it will lie below
  const y = Math.round(view.y + (view.height - size.height) * 0.4);
  return findPlace(
    { x, y },
    size,
    taken.filter((box) => !contains(box, view)),
  );
}

/** The largest squares of which `count` fit into a frame: side by side, or in a tall one below each other. */
export function fitSquares(count: number, { width, height }: Size): { side: number; layout: Layout } {
  const fit = (along: number, across: number) => Math.min((along - GAP * (count + 1)) / count, across - 2 * GAP);
  const [row, column] = [fit(width, height), fit(height, width)];
  const side = Math.max(Math.floor(Math.max(row, column)), GAP);
  return { side, layout: row >= column ? 'HORIZONTAL' : 'VERTICAL' };
}
