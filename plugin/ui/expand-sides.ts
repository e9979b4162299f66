/** How far a picture grows on each side: to a ratio, to the frame around it, and in pixels. */
import { MAX_EXPAND } from '../../shared/limits.js';
import type { NodeInfo } from '../messages.js';
import type { Sides } from './controls.js';
import type { Size } from './pictures/image-space.js';

export const noSides: Sides = { left: 0, right: 0, top: 0, bottom: 0 };
export const ratios = { '1:1': 1, '4:5': 4 / 5, '3:4': 3 / 4, '16:9': 16 / 9 } as const;
export type Ratio = keyof typeof ratios;

/** Grows to the ratio of width to height, never shrinks, equally on both sides. */
export function sidesForRatio({ width, height }: Size, ratio: Ratio): Sides {
  const wanted = ratios[ratio];
  const across = Math.max(0, (wanted * height - width) / width / 2);
  const down = Math.max(0, (width / wanted - height) / height / 2);
  return { left: across, right: across, top: down, bottom: down };
}

/** Of lengths in the node's units. */
export function sidesFromUnits(units: Sides, { width, height }: Size): Sides {
  const { left, right, top, bottom } = units;
  return { left: left / width, right: right / width, top: top / height, bottom: bottom / height };
}

export function sidesInUnits(sides: Sides, { width, height }: Size): Sides {
  const { left, right, top, bottom } = sides;
  return { left: left * width, right: right * width, top: top * height, bottom: bottom * height };
}

export function sidesInPixels(sides: Sides, size: Size): Sides {
  const { left, right, top, bottom } = sidesInUnits(sides, size);
  const whole = (length: number) => Math.min(MAX_EXPAND, Math.max(0, Math.round(length)));
  return { left: whole(left), right: whole(right), top: whole(top), bottom: whole(bottom) };
}

/** What a picture grows from. */
export function sizeGrown(target: NodeInfo): Size {
  return target.shown ?? target.pixels ?? target;
}

/** What it becomes, in pixels. */
export function sizeExpanded(sides: Sides, size: Size): Size {
  const { left, right, top, bottom } = sidesInPixels(sides, size);
  return { width: size.width + left + right, height: size.height + top + bottom };
}

export function addsNothing({ left, right, top, bottom }: Sides): boolean {
  return left + right + top + bottom <= 0;
}
