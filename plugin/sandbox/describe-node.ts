/** A node in the panel's terms. */
import type { NodeInfo } from '../messages.js';
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
    ...(recipe ? { recipe } : {}),
  };
}
