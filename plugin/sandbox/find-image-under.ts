/** The picture that shapes lie over: designers draw a shape on a picture, and select the shape alone. */
import { overlap } from './boxes.js';
import { boxOf, fillableTypes, inspectNode } from './inspect-node.js';

/** The topmost picture of the page that lies under the shapes, or failing that, over them. */
export function findImageUnder(shapes: readonly SceneNode[]): SceneNode | undefined {
  const over = shapes.flatMap((shape) => boxOf(shape) ?? []);
  const touched = (node: SceneNode) => {
    const box = boxOf(node);
    return box !== undefined && over.some((shape) => overlap(shape, box) > 0);
  };
  // in drawing order, the lowest first
  const nodes = figma.currentPage.findAllWithCriteria({ types: [...fillableTypes] });
  const lowest = nodes.findIndex(({ id }) => shapes.some((shape) => shape.id === id));
  const isUnder = (node: SceneNode) => touched(node) && inspectNode(node) === 'image';
  const [under, above] = lowest < 0 ? [nodes, []] : [nodes.slice(0, lowest), nodes.slice(lowest)];
  return under.reverse().find(isUnder) ?? above.reverse().find(isUnder);
}
