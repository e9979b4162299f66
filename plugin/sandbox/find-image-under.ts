/** The picture that shapes lie over: designers draw a shape on a picture, and select the shape alone. */
import { overlap } from './boxes.js';
import { boxOf, fillableTypes, inspectNode, isDrawn } from './inspect-node.js';

/**
 * The picture of the page that the shapes mainly cover: one that lies under them, or failing that, over them.
 * @param shapes and groups of shapes
 */
export function findImageUnder(shapes: readonly SceneNode[]): SceneNode | undefined {
  const leaves = shapes.flatMap(leavesOf);
  const over = leaves.flatMap((shape) => boxOf(shape) ?? []);
  const covered = (node: SceneNode) => {
    const box = boxOf(node);
    return box ? over.reduce((sum, shape) => sum + overlap(shape, box), 0) : 0;
  };
  const except = new Set([...shapes, ...leaves].map(({ id }) => id));
  const mainlyCovered = (nodes: readonly SceneNode[]) => {
    const touched = nodes.map((node) => ({ node, area: covered(node) })).filter(({ area }) => area > 0);
    const pictures = touched.filter(({ node }) => inspectNode(node, except) === 'image');
    const most = Math.max(...pictures.map(({ area }) => area));
    // half of it is enough for the topmost: a photo counts before the backdrop that it lies on
    return pictures.reverse().find(({ area }) => area >= most / 2)?.node;
  };
  // in drawing order, the lowest first
  const nodes = figma.currentPage.findAllWithCriteria({ types: [...fillableTypes] });
  const lowest = nodes.findIndex(({ id }) => leaves.some((shape) => shape.id === id));
  const [under, above] = lowest < 0 ? [nodes, []] : [nodes.slice(0, lowest), nodes.slice(lowest)];
  return mainlyCovered(under) ?? mainlyCovered(above);
}

function leavesOf(node: SceneNode): SceneNode[] {
  return node.type === 'GROUP' ? node.children.filter(isDrawn).flatMap(leavesOf) : [node];
}
