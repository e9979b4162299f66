/** A result and what it was made from, for looking at them one over the other. */
import * as z from 'zod/mini';
import { sides, type NodeInfo, type Recipe, type Settings } from '../messages.js';
import { createClient, type ClientParts } from './client/client.js';
import type { Sides } from './controls.js';
import type { Draw } from './pictures/draw.js';
import { MAX_SIDE, type Size } from './pictures/image-space.js';
import { toProblem } from './problem.js';
import type { Comparison } from './state.js';

export type CompareParts = ClientParts & {
  settings: Settings;
  draw: Pick<Draw, 'sizeOf'>;
  /** Original bytes of a node's picture. */
  read: (node: string) => Promise<Uint8Array | undefined>;
  target: NodeInfo;
  recipe: Recipe;
  /** Asset that it was made from. */
  source: string;
};

type Pictures = NonNullable<Comparison['pictures']>;
/** Bytes in the place of URLs. */
export type Found = Omit<Pictures, 'before' | 'after'> & { before: Uint8Array; after: Uint8Array };

const everywhere: Pictures['placed'] = { left: 0, top: 0, width: 1, height: 1 };
/** How long the canvas may take to answer. */
const PATIENCE_MS = 8000;

const sources = z.object({
  base: z.optional(z.object({ asset: z.string(), expand: z.optional(sides) })),
  vary: z.optional(z.object({ asset: z.string() })),
  mix: z.optional(z.object({ assets: z.tuple([z.string(), z.string()]) })),
});

/** Nothing to compare with where it was made from words alone. */
export function sourceOf(recipe: Recipe): string | undefined {
  const request = sources.safeParse(recipe.request);
  if (!request.success) return undefined;
  const { base, vary, mix } = request.data;
  return base?.asset ?? vary?.asset ?? mix?.assets[0];
}

/**
 * @returns nothing where one of the two is gone from the server and from the canvas
 * @throws PanelError where the server can't say whether it has it, and the canvas hasn't
 */
export async function findPictures(parts: CompareParts): Promise<Found | undefined> {
  const { settings, draw, read, target, recipe, source } = parts;
  const key = recipe.server === settings.server ? settings.key : '';
  const client = createClient({ url: recipe.server, key }, parts);
  const fetchBefore = async () => {
    try {
      return await client.asset(source);
    } catch (thrown) {
      const held = recipe.parent === undefined ? undefined : await within(read(recipe.parent), PATIENCE_MS);
      if (held === undefined && toProblem(thrown).code !== 'unknown_asset') throw thrown;
      return held;
    }
  };
  const [before, after] = await Promise.all([fetchBefore(), within(read(target.id), PATIENCE_MS)]);
  const { pixels } = target;
  if (!before || !after || !pixels) return undefined;
  return { before, after, size: pixels, placed: await placeOf(before, { recipe, pixels, draw }) };
}

/** Where the base lies on a result that has grown around it. */
async function placeOf(
  before: Uint8Array,
  { recipe, pixels, draw }: Pick<CompareParts, 'recipe' | 'draw'> & { pixels: Size },
): Promise<Pictures['placed']> {
  const request = sources.safeParse(recipe.request);
  const expand = request.success ? request.data.base?.expand : undefined;
  if (!expand) return everywhere;
  if (Math.max(pixels.width, pixels.height) < MAX_SIDE) return placeIn(pixels, expand);
  // as large as Figma takes: it may have been shrunk to that
  const { width, height } = await draw.sizeOf(before);
  const { left, right, top, bottom } = expand;
  return placeIn({ width: width + left + right, height: height + top + bottom }, expand);
}

function placeIn({ width, height }: Size, { left, right, top, bottom }: Sides): Pictures['placed'] {
  return {
    left: left / width,
    top: top / height,
    width: (width - left - right) / width,
    height: (height - top - bottom) / height,
  };
}

function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  return Promise.race([promise, new Promise<undefined>((resolve) => setTimeout(resolve, ms, undefined))]);
}
