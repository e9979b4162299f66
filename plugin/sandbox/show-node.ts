/** Brings a node before the designer's eyes, on whatever page it lies. */
import { findNode, pageOf } from './inspect-node.js';

export async function showNode(id: string): Promise<void> {
  const node = await findNode(id);
  const page = pageOf(node);
  if (page && page.id !== figma.currentPage.id) await figma.setCurrentPageAsync(page);
  figma.currentPage.selection = [node];
  figma.viewport.scrollAndZoomIntoView([node]);
}
