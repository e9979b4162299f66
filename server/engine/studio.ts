/** What every task works with: pictures to tokens and back, and conditions to what the passes read. */
import type { BundleModel, VisualCondition } from '../../shared/index.js';
import type { CaptionPrior } from './caption-prior.js';
import { buildConditionSequence, type VisualTokens } from './condition-sequence.js';
import type { Conditions } from './looks.js';
import * as pictures from './picture.js';
import type { Picture } from './picture.js';
import { drawReference } from './reference.js';
import type { Networks } from './networks.js';
import type { Drawing } from './sample.js';
import type { TextTokenizer } from './tokenizer.js';
import type { Vocabulary } from './vocabulary.js';

export type Studio = {
  networks: Networks;
  model: BundleModel;
  tokenizer: TextTokenizer;
  /** Absent: nobody knows which words the model has learned. */
  vocabulary?: Vocabulary | undefined;
  /** What is made where nothing is asked for; absent: whatever the passes come to without conditions. */
  captions?: CaptionPrior | undefined;
};

/** Model pixels a side of a reference, as training shows them: 8×8 tokens of a 16×16 grid. */
export const REFERENCE_SIDE = 128;

/** A decoded reference and how it shall be seen. */
export type Reference = { picture: Picture; condition: VisualCondition };

export function drawingOf({ networks, model }: Studio): Drawing {
  return {
    networks,
    groups: model.codebook.groups,
    maskCode: model.transformer.mask_code,
    marginals: model.marginals,
  };
}

/** A picture of the model's size, or of whole cells -> its tokens (cells, groups). */
export async function toTokens({ networks, model }: Studio, picture: Picture): Promise<Int32Array> {
  const { codes } = await networks.encode(pictures.toModelPixels(picture), picture.width, picture.height);
  return fromPlanes(codes, model.codebook.groups);
}

/** Tokens (cells, groups) of a grid -> picture */
export async function toPicture(
  { networks, model }: Studio,
  codes: Int32Array,
  rows = model.grid.size,
  columns = model.grid.size,
): Promise<Picture> {
  const pixels = await networks.decode(toPlanes(codes, model.codebook.groups), rows, columns);
  return pictures.fromModelPixels(pixels, columns * model.grid.cell, rows * model.grid.cell);
}

/**
 * References as the encoder shall see them.
 * @param pixelScale model pixels per pixel of each
 */
export function drawReferences(
  references: readonly Reference[],
  pixelScale: (reference: Reference) => number,
): Picture[] {
  return references.map((reference) =>
    drawReference({ ...reference, pixelScale: pixelScale(reference), side: REFERENCE_SIDE }),
  );
}

/** @param given `references` are drawn; with `compared`, what none of it would say is encoded too */
export async function encodeConditions(
  studio: Studio,
  given: { prompt: string | undefined; references: readonly Picture[]; compared: boolean },
): Promise<Conditions> {
  const { networks, model, tokenizer } = studio;
  const visuals: VisualTokens[] = [];
  for (const seen of given.references) {
    visuals.push({ codes: await toTokens(studio, seen), columns: REFERENCE_SIDE / model.grid.cell });
  }
  const text = tokenizer.encode(given.prompt ?? '');
  const shape = { groups: model.codebook.groups, columns: model.grid.size };
  const asked = await networks.conditions(buildConditionSequence({ text, visuals }, shape));
  if (!given.compared || text.length + visuals.length === 0) return { asked };
  return { asked, none: await networks.conditions(buildConditionSequence({ text: [], visuals: [] }, shape)) };
}

/** (cells, groups) -> (groups, cells) */
export function toPlanes(codes: Int32Array, groups: number): Int32Array {
  const cells = codes.length / groups;
  return Int32Array.from(codes, (_, at) => codes[(at % cells) * groups + Math.floor(at / cells)] ?? 0);
}

/** (groups, cells) -> (cells, groups) */
export function fromPlanes(planes: Int32Array, groups: number): Int32Array {
  return toPlanes(planes, planes.length / groups);
}
