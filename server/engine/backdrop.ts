/**
 * How the plain background of a picture goes on past its border: what an expansion adds is that, but for where a garment
 * that lies on the border may go on.
 */
import { medianColour, nearestRing, ringOf, type Border } from './border.js';
import type { Picture, Size } from './picture.js';

/** Image pixels added on each. */
export type Sides = { left: number; right: number; top: number; bottom: number };

/** Of the source's longest side: how far out the background's light is the same all round. */
const LEVELLED = 0.5;
/** Of the source's longest side: how far beside where it lies on the border a garment may go on. */
const MARGIN = 1 / 16;

/**
 * The expanded picture's size full of nothing but background: as it is at the nearest edge, and farther out the same all
 * round, for light falls off in no streaks. In the source's own place as at its nearest edge.
 */
export function drawBackdrop({ colours }: Border, size: Size, by: Sides): Picture {
  const { width, height } = grow(size, by);
  const [r = 0, g = 0, b = 0] = medianColour(colours);
  const levelled = Math.max(size.width, size.height) * LEVELLED;
  const data = new Uint8Array(3 * width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const below = beyond(y - by.top, size.height);
    for (let x = 0; x < width; x++) {
      const beside = beyond(x - by.left, size.width);
      const out = Math.min(1, Math.sqrt(beside * beside + below * below) / levelled);
      const level = out * out * (3 - 2 * out);
      const from = 3 * nearestRing(size, x - by.left, y - by.top);
      data[to++] = mix(colours[from] ?? 0, r, level);
      data[to++] = mix(colours[from + 1] ?? 0, g, level);
      data[to++] = mix(colours[from + 2] ?? 0, b, level);
    }
  }
  return { data, width, height };
}

/**
 * Where a garment that meets the border may go on: straight out from there, and to the side as far as outwards.
 * @returns one byte a pixel of the expanded picture, 0 or 255
 */
export function findReach({ touched }: Border, size: Size, by: Sides): Uint8Array {
  const { width, height } = grow(size, by);
  const margin = Math.max(size.width, size.height) * MARGIN;
  const reach = new Uint8Array(width * height);
  for (const { depth, length, before, own, border, place } of sidesOf(size, by)) {
    if (depth === 0) continue;
    const beside = distances(length, (at) => at >= before && at < before + own && touched[border(at - before)] === 1);
    for (let out = 1; out <= depth; out++) {
      for (let at = 0; at < length; at++) if ((beside[at] ?? 0) <= out + margin) reach[place(at, out)] = 255;
    }
  }
  return reach;
}

function mix(near: number, far: number, level: number): number {
  return Math.round(near + level * (far - near));
}

/** How far a place lies outside of 0 … length - 1. */
function beyond(at: number, length: number): number {
  return Math.max(0, -at, at - length + 1);
}

type Side = {
  /** Pixels added beyond it. */
  depth: number;
  /** The expanded picture's length along it, how much of that lies before the source, and the source's own length. */
  length: number;
  before: number;
  own: number;
  /** Which of the border's pixels the source has there. */
  border: (at: number) => number;
  /** Offset on the expanded picture of a pixel along the side and so far out, counted from 1. */
  place: (at: number, out: number) => number;
};

function sidesOf(size: Size, by: Sides): Side[] {
  const { width, height } = grow(size, by);
  const [right, bottom] = [size.width - 1, size.height - 1];
  const across = { length: width, before: by.left, own: size.width };
  const down = { length: height, before: by.top, own: size.height };
  return [
    { ...across, depth: by.top, border: (x) => ringOf(size, x, 0), place: (x, out) => (by.top - out) * width + x },
    {
      ...across,
      depth: by.bottom,
      border: (x) => ringOf(size, x, bottom),
      place: (x, out) => (by.top + bottom + out) * width + x,
    },
    { ...down, depth: by.left, border: (y) => ringOf(size, 0, y), place: (y, out) => y * width + by.left - out },
    {
      ...down,
      depth: by.right,
      border: (y) => ringOf(size, right, y),
      place: (y, out) => y * width + by.left + right + out,
    },
  ];
}

export function grow({ width, height }: Size, { left, right, top, bottom }: Sides): Size {
  return { width: width + left + right, height: height + top + bottom };
}

/** Of each place in a row how far the nearest one is that is so; Infinity where none is. */
function distances(length: number, isSo: (at: number) => boolean): Float64Array {
  const found = Float64Array.from({ length }, (_, at) => (isSo(at) ? 0 : Infinity));
  for (let at = 1; at < length; at++) found[at] = Math.min(found[at] ?? 0, (found[at - 1] ?? 0) + 1);
  for (let at = length - 2; at >= 0; at--) found[at] = Math.min(found[at] ?? 0, (found[at + 1] ?? 0) + 1);
  return found;
}
