/** What a picture's own border shows: its background, if that is plain, and where a garment lies on it. */
import type { Picture, Size } from './picture.js';

/** The border's pixels go round clockwise from the top left corner, each once. */
export type Border = {
  /** The background at each, as smooth as it is: (pixels, 3). */
  colours: Uint8Array;
  /** One byte for each: 1 where the garment lies on it. */
  touched: Uint8Array;
};

/** Of 255: how far a pixel may lie from the background as it was followed so far, and how much more by its roughness. */
const [TOLERANCE, TOLERANCE_OF_ROUGHNESS] = [3, 4];
/** Mean step between neighbours, of 255, from which a background is too rough to be made up. */
const ROUGHNESS = 1;
/** Share of the border that has to be background. */
const LEAST_SHARE = 0.3;
/** Of 255: what is never farther off is a shade on the background. */
const FAINT = 8;
/** Share of the border: a shorter stretch of background may as well be the garment's own pale part. */
const LEAST_STRETCH = 1 / 32;
/** Of 255: colours that lie together when the commonest is looked for. */
const BIN = 16;
/** Share of the border within which the colour is taken to be level, and how many pixels of it are looked at. */
const [SPAN, SAMPLES] = [1 / 16, 33];

/**
 * Follows the background around the border, from where the commonest colour lies longest: it may change slowly, as a
 * photographer's paper does, and what steps out of it is the garment.
 * @returns undefined where the border shows no plain background
 */
export function readBorder(picture: Picture): Border | undefined {
  if (Math.min(picture.width, picture.height) < 2) return undefined;
  const ring = readRing(picture);
  const commonest = commonestColour(ring);
  const roughness = roughnessNear(ring, commonest);
  if (roughness > ROUGHNESS) return undefined;
  const tolerance = TOLERANCE + TOLERANCE_OF_ROUGHNESS * roughness;
  const start = longestRun(ring, commonest, tolerance);
  const [there, back] = [1, -1].map((direction) => follow(ring, { start, direction, tolerance }));
  const touched = takeRuns(
    Uint8Array.from(there ?? [], (off, at) => Math.min(off, back?.[at] ?? 0)),
    start,
  );
  const plain = Array.from(touched.keys()).filter((at) => !touched[at]);
  return plain.length < LEAST_SHARE * touched.length ? undefined : { colours: smooth(ring, plain), touched };
}

/** Where a border pixel stands among its like. */
export function ringOf({ width, height }: Size, x: number, y: number): number {
  if (y === 0) return x;
  if (x === width - 1) return x + y;
  if (y === height - 1) return width - 1 + (height - 1) + (width - 1 - x);
  return 2 * (width - 1) + (height - 1) + (height - 1 - y);
}

/** The border pixel nearest to any, in the picture or not. */
export function nearestRing(size: Size, x: number, y: number): number {
  const right = size.width - 1;
  const bottom = size.height - 1;
  if (x <= 0 || x >= right || y <= 0 || y >= bottom) {
    return ringOf(size, Math.min(right, Math.max(0, x)), Math.min(bottom, Math.max(0, y)));
  }
  const dx = Math.min(x, right - x);
  const dy = Math.min(y, bottom - y);
  return dx < dy ? ringOf(size, dx === x ? 0 : right, y) : ringOf(size, x, dy === y ? 0 : bottom);
}

/** The median of each channel of some pixels (n, 3). */
export function medianColour(pixels: Uint8Array): number[] {
  return [0, 1, 2].map((c) => median(pixels.filter((_, at) => at % 3 === c)));
}

/** Where the border's pixels lie in a picture, in their order. */
export function borderOffsets(size: Size): Uint32Array {
  const { width, height } = size;
  const offsets = new Uint32Array(2 * (width - 1) + 2 * (height - 1));
  const put = (x: number, y: number) => (offsets[ringOf(size, x, y)] = y * width + x);
  for (let x = 0; x < width; x++) for (const y of [0, height - 1]) put(x, y);
  for (let y = 0; y < height; y++) for (const x of [0, width - 1]) put(x, y);
  return offsets;
}

/** The border's pixels, (n, 3). */
export function readRing(picture: Picture): Uint8Array {
  const offsets = borderOffsets(picture);
  const ring = new Uint8Array(3 * offsets.length);
  offsets.forEach((from, at) => ring.set(picture.data.subarray(3 * from, 3 * from + 3), 3 * at));
  return ring;
}

function median(values: ArrayLike<number>): number {
  return Array.from(values).sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** The mean of the fullest bin. */
function commonestColour(ring: Uint8Array): number[] {
  const bins = new Map<number, { count: number; sum: [number, number, number] }>();
  let most = { count: 0, sum: [0, 0, 0] };
  for (let at = 0; at < ring.length; at += 3) {
    const [r = 0, g = 0, b = 0] = ring.subarray(at, at + 3);
    const key = [r, g, b].reduce((code, value) => 256 * code + Math.floor(value / BIN), 0);
    const { count, sum } = bins.get(key) ?? { count: 0, sum: [0, 0, 0] };
    const bin: typeof most & { sum: [number, number, number] } = {
      count: count + 1,
      sum: [sum[0] + r, sum[1] + g, sum[2] + b],
    };
    bins.set(key, bin);
    if (bin.count > most.count) most = bin;
  }
  return most.sum.map((sum) => sum / most.count);
}

/** Mean step between neighbours that both lie near a colour. */
function roughnessNear(ring: Uint8Array, colour: readonly number[]): number {
  let [sum, pairs] = [0, 0];
  for (let at = 1; at < ring.length / 3; at++) {
    if (offAt(ring, at, colour) > BIN || offAt(ring, at - 1, colour) > BIN) continue;
    sum += offAt(ring, at, [...ring.subarray(3 * (at - 1), 3 * at)]);
    pairs++;
  }
  return pairs === 0 ? Infinity : sum / pairs;
}

/** The middle of the longest run of pixels near a colour. */
function longestRun(ring: Uint8Array, colour: readonly number[], tolerance: number): number {
  const count = ring.length / 3;
  let best = { length: 0, middle: 0 };
  // twice round, so that a run may go over the corner where the count begins
  for (let at = 0, length = 0; at < 2 * count; at++) {
    length = offAt(ring, at % count, colour) <= tolerance ? Math.min(count, length + 1) : 0;
    if (length > best.length) best = { length, middle: (at - (length >> 1)) % count };
  }
  return best.middle;
}

/** How far each border pixel lies off the background, seen on a way round in one direction; 0 where it is background. */
function follow(
  ring: Uint8Array,
  { start, direction, tolerance }: { start: number; direction: number; tolerance: number },
): Uint8Array {
  const count = ring.length / 3;
  const out = new Uint8Array(count);
  // so slow that a garment's edge is a step, so fast that paper darker in its corners is none
  const rate = Math.min(1, 256 / count);
  const seen = [0, 1, 2].map((c) => ring[3 * start + c] ?? 0);
  for (let n = 0; n < count; n++) {
    const at = (start + direction * n + count) % count;
    const off = offAt(ring, at, seen);
    if (off > tolerance) out[at] = Math.ceil(off);
    else for (const [c, value] of seen.entries()) seen[c] = value + rate * ((ring[3 * at + c] ?? 0) - value);
  }
  return out;
}

/** Runs of what is off the background, and which of them are a garment's: not the faint ones, and all across short gaps. */
function takeRuns(off: Uint8Array, first: number): Uint8Array {
  const count = off.length;
  const touched = new Uint8Array(count);
  const least = LEAST_STRETCH * count;
  let end = -Infinity;
  for (let n = 0; n < count; n++) {
    if (off[(first + n) % count] === 0) continue;
    const start = n;
    let most = 0;
    for (; off[(first + n) % count]; n++) most = Math.max(most, off[(first + n) % count] ?? 0);
    if (most <= FAINT) continue;
    for (let k = start - end < least ? end : start; k < n; k++) touched[(first + k) % count] = 1;
    end = n;
  }
  return touched;
}

function offAt(ring: Uint8Array, at: number, colour: readonly number[]): number {
  return Math.max(...colour.map((value, c) => Math.abs((ring[3 * at + c] ?? 0) - value)));
}

/** Each border pixel as the median of background pixels around it. */
function smooth(ring: Uint8Array, plain: number[]): Uint8Array {
  const step = Math.max(1, (ring.length / 3) * SPAN) / SAMPLES;
  const out = new Uint8Array(ring.length);
  for (let at = 0, rank = 0; at < ring.length / 3; at++) {
    while (rank < plain.length - 1 && (plain[rank] ?? 0) < at) rank++;
    const near = Array.from({ length: SAMPLES }, (_, n) => {
      const other = rank + Math.round((n - (SAMPLES >> 1)) * step);
      return plain[((other % plain.length) + plain.length) % plain.length] ?? 0;
    });
    for (let c = 0; c < 3; c++) {
      out[3 * at + c] = median(near.map((other) => ring[3 * other + c] ?? 0));
    }
  }
  return out;
}
