/**
 * What a row and its pictures know of themselves. It lies in the document, as plugin data, so that a job is found again after
 * the plugin was closed, and so that an undo takes it back with the row.
 */
import * as z from 'zod/mini';
import { recipe, trackedJob, type Recipe, type TrackedJob } from '../messages.js';
import { Refusal } from './refusal.js';

/** Who began a row and when, so that what a closed plugin left behind is told from what a colleague waits for. */
const beginning = z.object({ maker: z.string(), at: z.number() });
type Beginning = z.infer<typeof beginning>;

const keys = { begun: 'begun', job: 'job', places: 'places', variant: 'variant', recipe: 'recipe' } as const;
const ids = z.array(z.string());
export const rowKeys = [keys.begun];
export const recipeKeys = [keys.recipe];

/** Figma's limit is 100 kB an entry, names included. */
const MAX_DATA_BYTES = 99_000;

export function markBegun(row: FrameNode, begun: Beginning): void {
  row.setPluginData(keys.begun, JSON.stringify(begun));
}

export function readBegun(row: BaseNode): Beginning | undefined {
  return parseData(row, keys.begun, beginning);
}

export function keepJob(row: BaseNode, job: TrackedJob): void {
  const text = JSON.stringify(job);
  row.setPluginData(keys.job, fits(text) ? text : JSON.stringify({ ...job, panel: {} }));
}

export function readJob(row: BaseNode): TrackedJob | undefined {
  return parseData(row, keys.job, trackedJob);
}

/** The ids of a row's places, by which they are found where the designer takes them out. */
export function keepPlaces(row: FrameNode, places: readonly string[]): void {
  row.setPluginData(keys.places, JSON.stringify(places));
}

export function readPlaces(row: FrameNode): string[] {
  return parseData(row, keys.places, ids) ?? [];
}

export function markPlaceholder(node: SceneNode, variant: number): void {
  node.setPluginData(keys.variant, String(variant));
}

export function variantOf(node: SceneNode): number | undefined {
  const text = node.getPluginData(keys.variant);
  return text === '' ? undefined : Number(text);
}

/** A picture of a row, or what waits for one. */
export type Place = RectangleNode | EllipseNode;

export function isPlace(node: BaseNode): node is Place {
  return node.type === 'RECTANGLE' || node.type === 'ELLIPSE';
}

/** A place in a row whose picture is still being made. */
export function isPlaceholder(node: SceneNode): boolean {
  return node.getPluginData(keys.variant) !== '' && node.getPluginData(keys.recipe) === '';
}

/** Whether its job has not ended. */
export function isRow(node: BaseNode): boolean {
  return node.getPluginData(keys.begun) !== '' || node.getPluginData(keys.job) !== '';
}

/** What to give to a node that stands for this one, which may be gone by then. */
export function copyRowData(node: SceneNode): (heir: SceneNode) => void {
  const held = Object.values(keys).map((key) => [key, node.getPluginData(key)] as const);
  return (heir) => held.forEach(([key, text]) => heir.setPluginData(key, text));
}

/** Part of a row whose job has not ended, the pictures that have already landed excepted. */
export function isWorkedOn(node: SceneNode): boolean {
  return isRow(node) || isPlaceholder(node);
}

/** The row has ended: it is a frame of pictures like any other. */
export function forgetJob(row: FrameNode): void {
  for (const key of [keys.begun, keys.job, keys.places]) row.setPluginData(key, '');
}

/**
 * What doesn't fit into Figma's 100 kB goes, the panel's controls first: then they are restored from the request.
 * @throws Refusal `too-much-data` where not even that is enough
 */
export function keepRecipe(node: SceneNode, given: Recipe): void {
  // a place no more, come what may: its picture is there
  node.setPluginData(keys.variant, '');
  const text = [given, { ...given, panel: {} }].map((short) => JSON.stringify(short)).find(fits);
  if (text === undefined)
    throw new Refusal('too-much-data', 'the recipe has more than the 100 kB that a node can carry');
  node.setPluginData(keys.recipe, text);
}

export function readRecipe(node: BaseNode): Recipe | undefined {
  return parseData(node, keys.recipe, recipe);
}

function parseData<T>(node: BaseNode, key: string, schema: z.ZodMiniType<T>): T | undefined {
  const text = node.getPluginData(key);
  if (text === '') return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // of another version, or another hand; it is not worth more than a node without it
    return undefined;
  }
}

/** Counts UTF-8, for which the sandbox has no encoder. */
function fits(text: string): boolean {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // each half of a surrogate pair is two of its four bytes
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
  }
  return bytes <= MAX_DATA_BYTES;
}
