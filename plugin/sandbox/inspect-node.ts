/** What a node is to Toile: a picture, something that can be rendered to one, a shape, or an empty frame. */
import type { Box } from '../affine.js';
import { Refusal } from './refusal.js';
import { isPlaceholder, isWorkedOn } from './row-data.js';

export type Part = 'image' | 'content' | 'shape' | 'empty' | 'busy' | 'hidden' | 'other';

const shapeTypes = [
  'RECTANGLE',
  'ELLIPSE',
  'POLYGON',
  'STAR',
  'VECTOR',
  'LINE',
  'BOOLEAN_OPERATION',
  'TEXT',
  'TEXT_PATH',
] as const satisfies NodeType[];

/** Types that can carry a picture as their fill. */
export const fillableTypes = [...shapeTypes, 'FRAME', 'COMPONENT', 'INSTANCE', 'SECTION'] as const satisfies NodeType[];

export type ShownPaint = ImagePaint & { readonly imageHash: string };
export type ImageFill = { paint: ShownPaint; covered: boolean };

const none: ReadonlySet<string> = new Set();

/** @param except ids of the shapes that are meant to lie over a picture, as `imageFillOf` has them */
export function inspectNode(node: SceneNode, except = none): Part {
  if (isWorkedOn(node)) return 'busy';
  if (!boxOf(node) || !isShown(node)) return 'hidden';
  if (imageFillOf(node, except)) return 'image';
  if (isShape(node)) return 'shape';
  if (!('children' in node)) return 'other';
  return node.children.some(isDrawn) ? 'content' : 'empty';
}

export function isShape(node: SceneNode): boolean {
  return shapeTypes.some((type) => type === node.type) && !imageFillOf(node);
}

/** A frame of an instance is as its component has it. */
export function takesRows(node: SceneNode): node is SceneNode & ChildrenMixin {
  for (let at: BaseNode | null = node; at; at = at.parent) if (at.type === 'INSTANCE') return false;
  return 'appendChild' in node;
}

/** A group that holds shapes and nothing else may stand for a mask as they do. */
export function isShapeGroup(node: SceneNode): boolean {
  if (node.type !== 'GROUP') return false;
  return node.children.every((child) => !child.visible || isShape(child) || isShapeGroup(child));
}

/**
 * The topmost picture that a node is filled with, and whether another paint lies over it. A frame with something in it is
 * its content, not its fill.
 * @param except ids of shapes that stand for masks: Figma makes what is drawn over a frame a part of it
 */
export function imageFillOf(node: SceneNode, except = none): ImageFill | undefined {
  if (isPlaceholder(node) || !('fills' in node) || typeof node.fills === 'symbol') return undefined;
  const isContent = (child: SceneNode) => isDrawn(child) && !except.has(child.id);
  if ('children' in node && node.type !== 'BOOLEAN_OPERATION' && node.children.some(isContent)) return undefined;
  const seen = node.fills.filter(isVisiblePaint);
  const at = seen.map(({ type }) => type).lastIndexOf('IMAGE');
  const paint = seen[at];
  return paint && isImagePaint(paint) ? { paint, covered: at < seen.length - 1 } : undefined;
}

export function isImagePaint(paint: Paint): paint is ShownPaint {
  return paint.type === 'IMAGE' && paint.imageHash !== null;
}

/** Paints that a plugin can give to a node as they are; patterns, videos and shaders want more than to be set. */
export function isSettablePaint({ type }: Paint): boolean {
  return type === 'SOLID' || type === 'IMAGE' || type.startsWith('GRADIENT');
}

export function isVisiblePaint(paint: Paint): boolean {
  return paint.visible !== false && paint.opacity !== 0;
}

/** Whether there is anything of it to see, parents aside. */
export function isDrawn(node: SceneNode): boolean {
  return node.visible && (!('width' in node) || node.width > 0 || node.height > 0);
}

/** What lies on a page, or on a section of it. */
export function drawnOn(parent: PageNode | SectionNode): SceneNode[] {
  return parent.children.flatMap((child) => {
    if (child.type === 'SECTION') return drawnOn(child);
    return isDrawn(child) ? [child] : [];
  });
}

/** Visible, and in nothing that isn't. */
function isShown(node: SceneNode): boolean {
  for (let at: BaseNode | null = node; at && 'visible' in at; at = at.parent) if (!at.visible) return false;
  return true;
}

/** Where it lies on the page; nothing where it takes no room. */
export function boxOf(node: SceneNode): Box | undefined {
  const box = 'absoluteBoundingBox' in node ? node.absoluteBoundingBox : null;
  return box && (box.width > 0 || box.height > 0) ? box : undefined;
}

/** A picture that a frame holds alone, which then stands for the frame. */
export function onlyImageIn(node: SceneNode): SceneNode | undefined {
  if (!('children' in node) || node.type === 'BOOLEAN_OPERATION') return undefined;
  const [only, ...others] = node.children.filter(isDrawn);
  return only && others.length === 0 && imageFillOf(only) ? only : undefined;
}

export function pageOf(node: BaseNode): PageNode | undefined {
  for (let at: BaseNode | null = node; at; at = at.parent) if (at.type === 'PAGE') return at;
  return undefined;
}

/** @throws Refusal `node-gone` */
export async function findNode(id: string): Promise<SceneNode> {
  const node = await figma.getNodeByIdAsync(id);
  if (node && !node.removed && node.type !== 'PAGE' && node.type !== 'DOCUMENT') return node;
  throw new Refusal('node-gone', `the layer ${id} isn't in this file any more`);
}
