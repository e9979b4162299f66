/** Where an edit takes place: the picture with what expansion adds, what of it may change, and a second picture over it. */
import { ToileError, type ModelPixels, type PreservationCondition } from '../../../shared/index.js';
import { drawBackdrop, findReach, grow, type Sides } from '../backdrop.js';
import { findBackground, findOpen } from '../background.js';
import { borderOffsets, readBorder } from '../border.js';
import { decodeLevels, decodeMask } from '../mask.js';
import * as pictures from '../picture.js';
import type { Picture, Size, Source } from '../picture.js';
import { frame } from './frame.js';

/** @throws ToileError `image_too_large` */
export function sizeExpanded(base: Size, by: Sides): Size {
  const size = grow(base, by);
  pictures.checkSize(size, 'expanded, the picture');
  return size;
}

/** What is new repeats the edge, as opaque as it is there. @throws as `sizeExpanded` */
export function expand(base: Source, by: Sides | undefined): Source {
  if (!by) return base;
  const size = sizeExpanded(base, by);
  const canvas = pictures.crop(base, { x: -by.left, y: -by.top, ...size });
  if (!base.alpha) return canvas;
  const alpha = new Uint8Array(size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    const from = base.width * Math.min(base.height - 1, Math.max(0, y - by.top));
    const row = base.alpha.subarray(from, from + base.width);
    const to = y * size.width;
    alpha.fill(row[0] ?? 0, to, to + by.left);
    alpha.set(row, to + by.left);
    alpha.fill(row.at(-1) ?? 0, to + by.left + base.width, to + size.width);
  }
  return { ...canvas, alpha };
}

/**
 * Mask less lock, on the canvas. What expansion adds may always change; without a mask nothing else may then.
 * @param plain one byte a pixel of the base; what is above 0 is spared, unless that leaves nothing
 * @throws ToileError `invalid_mask` where nothing is left to change
 */
export async function readMask(
  image: (asset: string) => Uint8Array,
  condition: PreservationCondition,
  base: Size,
  canvas: Size,
  plain?: Uint8Array,
): Promise<Uint8Array> {
  const { mask, lock, expand: by } = condition;
  const asked = mask
    ? await decodeMask(image(mask), base)
    : new Uint8Array(base.width * base.height).fill(by ? 0 : 255);
  if (lock) {
    const locked = await decodeLevels(image(lock), base);
    for (const at of asked.keys()) asked[at] = Math.min(asked[at] ?? 0, 255 - (locked[at] ?? 0));
  }
  const own = plain ? spare(asked, plain) : asked;
  if (!by) {
    if (own.some((value) => value > 0)) return own;
    throw new ToileError('invalid_mask', 'the lock covers all of the mask: nothing is left to change');
  }
  const whole = new Uint8Array(canvas.width * canvas.height).fill(255);
  for (let y = 0; y < base.height; y++) {
    whole.set(own.subarray(y * base.width, (y + 1) * base.width), (y + by.top) * canvas.width + by.left);
  }
  return whole;
}

/** The mask less what is plain; the whole of it where that would leave nothing to change. */
function spare(mask: Uint8Array, plain: Uint8Array): Uint8Array {
  const left = mask.map((value, at) => (plain[at] ? 0 : value));
  return left.some((value) => value > 0) ? left : mask;
}

/**
 * Where a picture is nothing but background: in cells of one colour around the garment, and where it is see-through.
 * @param model sides of the model's picture, and of its cells
 * @returns one byte a pixel
 */
export async function findPlain(base: Source, model: { side: ModelPixels; cell: ModelPixels }): Promise<Uint8Array> {
  const { framed, side, x, y } = await frame(pictures.flatten(base), model.side);
  const columns = model.side / model.cell;
  const plain = findOpen(findBackground(framed, model.cell), columns);
  const cellOf = (at: number) => Math.floor((at * columns) / side);
  return Uint8Array.from({ length: base.width * base.height }, (_, at) => {
    const [column, row] = [at % base.width, Math.floor(at / base.width)];
    return base.alpha?.[at] === 0 ? 1 : (plain[cellOf(row - y) * columns + cellOf(column - x)] ?? 0);
  });
}

/** What an expansion adds where the picture's border shows a plain background. Bytes are of canvas pixels. */
export type Ground = {
  /** The canvas full of nothing but background. */
  backdrop: Picture;
  /** Above 0 where the garment may go on. */
  reach: Uint8Array;
  /** Above 0 in the rest of what is added. */
  plain: Uint8Array;
};

/** Undefined where the border shows no plain background, or is see-through anywhere. */
export function findGround(base: Source, by: Sides): Ground | undefined {
  const found = isBorderOpaque(base) ? readBorder(base) : undefined;
  if (!found) return undefined;
  const backdrop = drawBackdrop(found, base, by);
  const reach = findReach(found, base, by);
  const plain = reach.map((value) => 255 - value);
  for (let y = by.top; y < by.top + base.height; y++) {
    const from = y * backdrop.width + by.left;
    plain.fill(0, from, from + base.width);
  }
  return { backdrop, reach, plain };
}

function isBorderOpaque({ alpha, ...size }: Source): boolean {
  return alpha === undefined || borderOffsets(size).every((at) => alpha[at] === 255);
}

/** The canvas with background where it is plain. */
export function layGround(canvas: Picture, { backdrop, plain }: Ground): Picture {
  const data = canvas.data.slice();
  for (let at = 0, from = 0; at < plain.length; at++, from += 3) {
    if (plain[at]) for (let c = from; c < from + 3; c++) data[c] = backdrop.data[c] ?? 0;
  }
  return { ...canvas, data };
}

/** The second picture over the base's place on the canvas, as large as fits in it. */
export async function placeDonor(donor: Picture, base: Size, canvas: Size, by: Sides | undefined): Promise<Picture> {
  const scale = Math.min(base.width / donor.width, base.height / donor.height);
  const [width, height] = [Math.round(donor.width * scale), Math.round(donor.height * scale)];
  const fitted = await pictures.resize(donor, Math.max(1, width), Math.max(1, height));
  const x = (by?.left ?? 0) + Math.floor((base.width - fitted.width) / 2);
  const y = (by?.top ?? 0) + Math.floor((base.height - fitted.height) / 2);
  return pictures.crop(fitted, { x: -x, y: -y, width: canvas.width, height: canvas.height });
}
