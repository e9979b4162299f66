/** A node in the panel's terms. */
import type { NodeInfo } from '../messages.js';
import { boxOf, imageFillOf } from './inspect-node.js';
import { sizeShown } from './plan-pixels.js';
import { readRecipe } from './row-data.js';

export async function describeNode(node: SceneNode): Promise<NodeInfo> {
  const fill = imageFillOf(node);
  const image = fill && figma.getImageByHash(fill.paint.imageHash);
  const recipe = readRecipe(node);
  // content is rendered at a size that is looked up only once it is needed; its own units are what a designer sees it in
  const shown = fill && boxOf(node) ? await sizeShown(node) : undefined;
  const { width, height } = 'width' in node ? node : { width: 0, height: 0 };
  return {
    id: node.id,
    name: node.name,
    width,
    height,
    look: fill ? 'image' : 'content',
    ...(image ? { pixels: await image.getSizeAsync() } : {}),
    ...(shown ? { shown } : {}),
    ...(recipe ? { recipe } : {}),
  };
}
