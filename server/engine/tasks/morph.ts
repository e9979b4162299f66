/**
 * Brings two garments to one place and size before they are blended: a long coat and a short one mixed as they lie would
 * show both outlines. Each step has a box of its own, between those of the two, and both are drawn into it.
 */
import { modelPixels } from '../../../shared/index.js';
import { backgroundColour, findBackground } from '../background.js';
import { boundMask, type Box } from '../box.js';
import { resize, type Picture } from '../picture.js';

/** To which a garment's box is found. */
const STEP = modelPixels(4);
/** Of a side: boxes that differ by less lie on each other already. */
const ALIKE = 0.03;
/** Growing or shrinking a garment more than this shows; then both stay as they are. */
const MOST = 3;

/** Both pictures with their garments in the box that lies `along`, 0-1, between the two. */
export type Morph = (along: number) => Promise<readonly [Picture, Picture]>;

/** None where the two lie on each other already, or one has no garment on plain background. */
export function planMorph(first: Picture, second: Picture): Morph | undefined {
  const [from, to] = [boundGarment(first), boundGarment(second)];
  if (!from || !to) return undefined;
  const apart = SIDES.map((side) => Math.abs(from[side] - to[side]) / first.width);
  const growths = [widthOf(to) / widthOf(from), heightOf(to) / heightOf(from)];
  if (Math.max(...apart) < ALIKE || growths.some((growth) => growth > MOST || growth < 1 / MOST)) return undefined;
  return async (along) => {
    const box = between(from, to, along);
    return [await moveInto(first, from, box), await moveInto(second, to, box)];
  };
}

const SIDES = ['left', 'top', 'right', 'bottom'] as const;
const widthOf = ({ left, right }: Box) => right - left;
const heightOf = ({ top, bottom }: Box) => bottom - top;

function between(from: Box, to: Box, along: number): Box {
  const at = (side: (typeof SIDES)[number]) => from[side] + along * (to[side] - from[side]);
  return { left: at('left'), top: at('top'), right: at('right'), bottom: at('bottom') };
}

function boundGarment(picture: Picture): Box | undefined {
  const size = { width: picture.width / STEP, height: picture.height / STEP };
  const garment = findBackground(picture, STEP).map((plain) => 1 - plain);
  const box = boundMask(garment, size);
  return box && { left: STEP * box.left, top: STEP * box.top, right: STEP * box.right, bottom: STEP * box.bottom };
}

/** What lies in one box drawn into another, the rest moved along; what was outside is background. */
async function moveInto(picture: Picture, from: Box, to: Box): Promise<Picture> {
  const { width, height } = picture;
  const [across, down] = [widthOf(to) / widthOf(from), heightOf(to) / heightOf(from)];
  const grown = await resize(picture, Math.round(width * across), Math.round(height * down));
  const [x, y] = [Math.round(to.left - from.left * across), Math.round(to.top - from.top * down)];
  const colour = backgroundColour(picture);
  const data = Uint8Array.from({ length: 3 * width * height }, (_, at) => colour[at % 3] ?? 255);
  const [left, right] = [Math.max(0, x), Math.min(width, x + grown.width)];
  for (let row = Math.max(0, y); row < Math.min(height, y + grown.height); row++) {
    const source = 3 * ((row - y) * grown.width + left - x);
    data.set(grown.data.subarray(source, source + 3 * Math.max(0, right - left)), 3 * (row * width + left));
  }
  return { data, width, height };
}
