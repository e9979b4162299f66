/** Brings layers before the designer's eyes, on whatever page they lie. */
import { findNode, pageOf } from './inspect-node.js';
import { readRecipe } from './row-data.js';

/**
 * @param others selected with it, where they lie on its page still
 * @throws Refusal `node-gone`
 */
export async function showNode(id: string, others: readonly string[] = []): Promise<void> {
  const node = await findNode(id);
  const found = await Promise.all(others.map((other) => findNode(other).catch(() => undefined)));
  const beside = found.flatMap((other) => (other && pageOf(other)?.id === pageOf(node)?.id ? [other] : []));
  await show([node, ...beside], [node, ...beside]);
}

/**
 * The first result of a row is selected, all are in view: one is a subject to go on with, and several at once are none.
 * @throws Refusal `node-gone`
 */
export async function showResults(id: string): Promise<void> {
  const row = await findNode(id);
  const first = 'children' in row ? row.children.find((node) => readRecipe(node)) : undefined;
  await show([first ?? row], [row]);
}

async function show(selected: readonly SceneNode[], inView: readonly [SceneNode, ...SceneNode[]]): Promise<void> {
  const page = pageOf(inView[0]);
  if (page && page.id !== figma.currentPage.id) await figma.setCurrentPageAsync(page);
  figma.currentPage.selection = selected;
  figma.viewport.scrollAndZoomIntoView(inView);
}
