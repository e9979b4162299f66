/** Brings layers before the designer's eyes, on whatever page they lie. */
import type { Made } from '../messages.js';
import { findResults } from './find-results.js';
import { findNode, pageOf } from './inspect-node.js';
import { Refusal } from './refusal.js';
import { readRecipe } from './row-data.js';
import { whereabouts } from './whereabouts.js';

/**
 * @param others selected with it, where they lie on its page still
 * @throws Refusal `nothing-to-show`
 */
export async function showNode(id: string, others: readonly string[] = []): Promise<void> {
  const node = await findNode(id).catch((cause: unknown) => {
    throw new Refusal('nothing-to-show', `the layer ${id} isn't in this file any more`, { cause });
  });
  const found = await Promise.all(others.map((other) => findNode(other).catch(() => undefined)));
  const beside = found.flatMap((other) => (other && pageOf(other)?.id === pageOf(node)?.id ? [other] : []));
  await show([node, ...beside], [node, ...beside]);
}

/**
 * The first result of a row is selected, all are in view: one is a subject to go on with, and several at once are none. Where
 * the row has none any more, those that were taken out of it are looked for, as long as the designer stays where they are.
 * @throws Refusal `nothing-to-show` where there are none
 */
export async function showResults(id: string, made: Made | undefined): Promise<void> {
  const from = whereabouts();
  const isWanted = () => whereabouts() === from;
  const row = await findNode(id).catch(() => undefined);
  const held = row && 'children' in row ? row.children : [];
  const first = held.find((node) => readRecipe(node));
  if (row && first) return show([first], [row]);
  const [taken, ...others] = made ? await findResults(made, isWanted) : [];
  if (!isWanted()) return;
  if (taken) return show([taken], [taken, ...others]);
  // as they were flattened, maybe
  if (row && held.length > 0) return show([row], [row]);
  throw new Refusal('nothing-to-show', `no result of the row ${id} is in this file any more`);
}

async function show(selected: readonly SceneNode[], inView: readonly [SceneNode, ...SceneNode[]]): Promise<void> {
  const page = pageOf(inView[0]);
  if (page && page.id !== figma.currentPage.id) await figma.setCurrentPageAsync(page);
  figma.currentPage.selection = selected;
  figma.viewport.scrollAndZoomIntoView(inView);
}
