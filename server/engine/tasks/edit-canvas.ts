/** Where an edit takes place: the picture with what expansion adds, what of it may change, and a second picture over it. */
import { ToileError, type PreservationCondition } from '../../../shared/index.js';
import { decodeLevels, decodeMask } from '../mask.js';
import { findBackground, findOpen } from '../background.js';
import * as pictures from '../picture.js';
import type { Picture, Size, Source } from '../picture.js';
import { frame } from './frame.js';

type Sides = NonNullable<PreservationCondition['expand']>;

/** @throws ToileError `image_too_large` */
export function sizeExpanded(base: Size, by: Sides): Size {
  const size = { width: base.width + by.left + by.right, height: base.height + by.top + by.bottom };
  if (size.width * size.height > pictures.MAX_PIXELS) {
    throw new ToileError(
      'image_too_large',
      `expanded to ${size.width}×${size.height} the picture has over ${pictures.MAX_PIXELS / 1e6} megapixels`,
    );
  }
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
 * @throws ToileError `invalid_mask` where nothing is left to change
 */
export async function readMask(
  image: (asset: string) => Uint8Array,
  condition: PreservationCondition,
  base: Size,
  canvas: Size,
): Promise<Uint8Array> {
  const { mask, lock, expand: by } = condition;
  const own = mask ? await decodeMask(image(mask), base) : new Uint8Array(base.width * base.height).fill(by ? 0 : 255);
  if (lock) {
    const locked = await decodeLevels(image(lock), base);
    for (const at of own.keys()) own[at] = Math.min(own[at] ?? 0, 255 - (locked[at] ?? 0));
  }
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

/**
 * The mask without the cells of plain background around the garment, and without what is see-through. The same where that
 * would leave nothing.
 */
export async function spareBackground(given: {
  mask: Uint8Array;
  canvas: Source;
  /** Pixels a side of the model's picture, and of its cells. */
  model: { side: number; cell: number };
}): Promise<Uint8Array> {
  const { mask, canvas, model } = given;
  const { framed, side, x, y } = await frame(pictures.flatten(canvas), model.side);
  const columns = model.side / model.cell;
  const plain = findOpen(findBackground(framed, model.cell), columns);
  const cellOf = (at: number) => Math.floor((at * columns) / side);
  const spared = mask.map((value, at) => {
    const [column, row] = [at % canvas.width, Math.floor(at / canvas.width)];
    return plain[cellOf(row - y) * columns + cellOf(column - x)] || canvas.alpha?.[at] === 0 ? 0 : value;
  });
  return spared.some((value) => value > 0) ? spared : mask;
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
