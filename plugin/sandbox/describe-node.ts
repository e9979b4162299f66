/** A node in the panel's terms. */
import type { NodeInfo, Recipe } from '../messages.js';
import { imageFillOf } from './inspect-node.js';
import { readRecipe } from './row-data.js';

/** @param except ids of the shapes over it */
export async function describeNode(node: SceneNode, except?: ReadonlySet<string>): Promise<NodeInfo> {
  const fill = imageFillOf(node, except);
  const image = fill && figma.getImageByHash(fill.paint.imageHash);
  const recipe = readRecipe(node);
  const { width, height } = 'width' in node ? node : { width: 0, height: 0 };
  return {
    id: node.id,
    name: node.name,
    width,
    height,
    look: fill ? 'image' : 'content',
    ...(image ? { pixels: await image.getSizeAsync() } : {}),
    ...(recipe ? { recipe, ...(await describeParent(recipe)) } : {}),
  };
}

async function describeParent({ parent }: Recipe): Promise<Pick<NodeInfo, 'madeFrom'>> {
  const node = parent === undefined ? null : await figma.getNodeByIdAsync(parent);
  if (!node || node.removed) return {};
  const recipe = readRecipe(node);
  return { madeFrom: { name: node.name, ...(recipe ? { recipe } : {}) } };
}
