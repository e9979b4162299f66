/** What a variant looks like while its passes run: when to look, at which size, and from which grid. */
import type { Picture, Size } from './picture.js';
import type { Filled } from './sample.js';

/** Pixels of a preview's longest side, at most. */
const PREVIEW_SIDE = 512;

/** Draws a variant as it would be if its passes ended here, small. Good until the next pass. */
export type Look = () => Promise<Picture>;

/** The size of a picture's preview; a small picture keeps its own. */
export function fitPreview({ width, height }: Size): Size & { scale: number } {
  const scale = Math.min(1, PREVIEW_SIDE / Math.max(width, height));
  return { scale, width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** After which of `looks` passes, counted from 1, to look `count` times: evenly spread, never after the last. */
export function planPreviews(count: number, looks: number): Set<number> {
  const at = Array.from({ length: count }, (_, n) => Math.round((looks * (n + 1)) / (count + 1)));
  return new Set(at.filter((pass) => pass >= 1 && pass < looks));
}

/** The same passes, with something to look at after each that yields its grid. */
export async function* withLooks(
  passes: AsyncGenerator<Int32Array | void, Filled>,
  draw: (codes: Int32Array) => Promise<Picture>,
): AsyncGenerator<Look | void, Filled> {
  for (;;) {
    const { done, value } = await passes.next();
    if (done) return value;
    yield value && (() => draw(value));
  }
}
