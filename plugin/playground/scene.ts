/** Questions about the canvas that drawing and tools share: what lies at a point, beneath a shape, inside a box. */
import { type Box, place, type Point, type Transform, union } from '../affine.js';
import type { DocumentView, DrawnNode } from '../stand-in/index.js';
import { outlinesOf } from './draw-node.js';
import { centreOf, invertOrFlatten, overlap } from './plane.js';

const probe = new OffscreenCanvas(1, 1).getContext('2d');

export function isPicture(node: DrawnNode): boolean {
  return node.fills.some((paint) => paint.type === 'IMAGE' && paint.visible !== false);
}

/** Something that can stand for a mask over a picture. */
export function isShape(node: DrawnNode): boolean {
  const shapes = ['RECTANGLE', 'ELLIPSE', 'POLYGON', 'STAR', 'VECTOR', 'BOOLEAN_OPERATION', 'TEXT'];
  return shapes.includes(node.type) && !isPicture(node);
}

export function isContainer({ type }: DrawnNode): boolean {
  return ['FRAME', 'GROUP', 'COMPONENT', 'INSTANCE'].includes(type);
}

export function topLevel(document: DocumentView): DrawnNode[] {
  return nodesOf(document, document.children(document.currentPage()));
}

export function nodesOf(document: DocumentView, ids: readonly string[]): DrawnNode[] {
  return ids.map((id) => document.node(id)).filter((node) => node !== undefined);
}

/** Every visible node of the page, each before what lies in it. */
export function allNodes(document: DocumentView, ids = document.children(document.currentPage())): DrawnNode[] {
  return nodesOf(document, ids)
    .filter(({ visible }) => visible)
    .flatMap((node) => (isContainer(node) ? [node, ...allNodes(document, document.children(node.id))] : [node]));
}

/** The node on top at a point of the page, with those that it lies in, outermost first. */
export function hit(document: DocumentView, at: Point, ids = document.children(document.currentPage())): DrawnNode[] {
  for (const node of nodesOf(document, ids).reverse()) {
    if (!node.visible || node.locked) continue;
    const isInside = contains(node, at);
    if (node.clipsContent && !isInside) continue;
    const deeper = isContainer(node) ? hit(document, at, document.children(node.id)) : [];
    if (deeper.length > 0) return [node, ...deeper];
    if (isInside && node.type !== 'GROUP') return [node];
  }
  return [];
}

/** What a click selects of a chain that `hit` gave: a frame's content by itself, a group as a whole, unless `deep`. */
export function pick(chain: readonly DrawnNode[], deep = false): DrawnNode | undefined {
  if (deep) return chain.at(-1);
  const [outer, inner] = chain;
  return outer?.type === 'FRAME' && inner ? inner : outer;
}

export function contains(node: DrawnNode, at: Point): boolean {
  const { x, y } = place(invertOrFlatten(node.absoluteTransform), at);
  const outlines = outlinesOf(node);
  if (outlines.length === 0 && node.type !== 'LINE') return x >= 0 && y >= 0 && x <= node.width && y <= node.height;
  if (outlines.some(({ path, rule }) => probe?.isPointInPath(path, x, y, rule))) return true;
  return node.strokeGeometry.some(({ data }) => probe?.isPointInPath(new Path2D(data), x, y));
}

/** The picture that a shape is meant for: the one that is selected already, else the one on top beneath its middle. */
export function pictureBeneath(document: DocumentView, shape: DrawnNode): DrawnNode | undefined {
  const box = shape.absoluteBoundingBox;
  const pictures = allNodes(document).filter((node) => isPicture(node) && overlap(node.absoluteBoundingBox, box));
  const selected = document.selection();
  const middle = centreOf(box);
  return (
    pictures.find(({ id }) => selected.includes(id)) ??
    pictures.findLast((picture) => contains(picture, middle)) ??
    pictures.at(-1)
  );
}

/** The innermost frame that takes what is dropped at a point, leaving out the dropped nodes themselves. */
export function frameAt(document: DocumentView, at: Point, dropped: readonly string[]): DrawnNode | undefined {
  const free = topLevel(document).filter(({ id }) => !dropped.includes(id));
  const chain = hit(
    document,
    at,
    free.map(({ id }) => id),
  );
  const open = chain.slice(0, indexOrEnd(chain, dropped));
  // what a row of results is given, it would put in line
  return open.findLast(({ type, isAutoLayout }) => type === 'FRAME' && !isAutoLayout);
}

/** A box around everything, or undefined where there is nothing. */
export function boxOf(nodes: readonly DrawnNode[]): Box | undefined {
  if (nodes.length === 0) return undefined;
  return union(nodes.map(({ absoluteBoundingBox }) => absoluteBoundingBox));
}

/** Degrees, counter-clockwise, by which a transform turns. */
export function turnOf([[a], [d]]: Transform): number {
  return (-Math.atan2(d, a) * 180) / Math.PI;
}

function indexOrEnd(chain: readonly DrawnNode[], dropped: readonly string[]): number {
  const at = chain.findIndex(({ id }) => dropped.includes(id));
  return at < 0 ? chain.length : at;
}
