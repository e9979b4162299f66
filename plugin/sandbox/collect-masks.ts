/** Shapes over a picture -> masks, in the picture's own coordinates. The document keeps every shape as it is. */
import { multiply, shift, type Transform } from '../affine.js';
import type { MaskShape } from '../messages.js';
import { boxOf } from './inspect-node.js';
import { exportBox } from './plan-pixels.js';

/** What the groups around a shape do to it. */
type Around = { opacity: number; blur: number };

/** Pixels a canvas unit of shapes that only Figma can draw. */
const SCALE = { type: 'SCALE', value: 2 } as const;
const BLACK: SolidPaint = { type: 'SOLID', color: { r: 0, g: 0, b: 0 } };

/** @param fromPage from the page's coordinates to the picture's */
export async function collectMasks(
  shape: SceneNode,
  fromPage: Transform,
  around: Around = { opacity: 1, blur: 0 },
): Promise<MaskShape[]> {
  if (!shape.visible || !('absoluteTransform' in shape)) return [];
  const here = {
    opacity: around.opacity * ('opacity' in shape ? shape.opacity : 1),
    blur: Math.max(around.blur, blurOf(shape)),
  };
  if (shape.type === 'GROUP') {
    return (await Promise.all(shape.children.map((child) => collectMasks(child, fromPage, here)))).flat();
  }
  const soft = await collectAlpha(shape, fromPage, around);
  if (soft) return [soft];
  const paths = readPaths(shape);
  if (paths.length === 0) return [];
  const toBase = multiply(fromPage, shape.absoluteTransform);
  return [{ name: shape.name, toBase, ...here, drawn: { as: 'paths', paths } }];
}

function blurOf(node: SceneNode): number {
  if (!('effects' in node)) return 0;
  const radii = node.effects.map((effect) => (effect.type === 'LAYER_BLUR' && effect.visible ? effect.radius : 0));
  return Math.max(0, ...radii);
}

/**
 * The outline in the shape's coordinates. A line is what its stroke covers; an open path is closed, as a lasso is; a shape
 * without a fill is filled, on a copy, since Figma gives no geometry for fills that aren't there.
 */
function readPaths(shape: SceneNode): { data: string; windingRule: 'NONZERO' | 'EVENODD' | 'NONE' }[] {
  if (!('fillGeometry' in shape)) return [];
  const copy = (paths: VectorPaths) => paths.map(({ data, windingRule }) => ({ data, windingRule }));
  if (shape.fillGeometry.length > 0) return copy(shape.fillGeometry);
  if (shape.type === 'LINE') return copy(shape.strokeGeometry);
  if (shape.type === 'VECTOR' && shape.vectorPaths.length > 0) return copy(shape.vectorPaths);
  const filled = shape.clone();
  try {
    filled.fills = [BLACK];
    return copy(filled.fillGeometry);
  } finally {
    filled.remove();
  }
}

/** Text, and what masks by the strength of its colours: Figma's own rendering, which covers the node's box on the page. */
async function collectAlpha(shape: SceneNode, fromPage: Transform, around: Around): Promise<MaskShape | undefined> {
  const box = boxOf(shape);
  if (!box || !isDrawnByFigma(shape)) return undefined;
  const drawn = { as: 'alpha' as const, width: box.width, height: box.height, bytes: await exportAlpha(shape) };
  // its own opacity and blur are in the rendering
  return { name: shape.name, toBase: multiply(fromPage, shift(box.x, box.y)), ...around, drawn };
}

type Drawn = TextNode | TextPathNode | RectangleNode | EllipseNode | PolygonNode | StarNode | VectorNode;

function isDrawnByFigma(node: SceneNode): node is Drawn {
  if (node.type === 'TEXT' || node.type === 'TEXT_PATH') return true;
  const types = ['RECTANGLE', 'ELLIPSE', 'POLYGON', 'STAR', 'VECTOR'];
  if (!types.includes(node.type) || !('isMask' in node) || !('fills' in node) || typeof node.fills === 'symbol')
    return false;
  return node.isMask && node.maskType === 'ALPHA' && node.fills.some(({ type }) => type.startsWith('GRADIENT'));
}

/** A mask draws nothing by itself, so a copy that isn't one stands in for it. */
async function exportAlpha(shape: Drawn): Promise<Uint8Array> {
  if (!shape.isMask) return exportBox(shape, SCALE);
  const copy = shape.clone();
  try {
    figma.currentPage.appendChild(copy);
    copy.relativeTransform = shape.absoluteTransform;
    copy.isMask = false;
    return await exportBox(copy, SCALE);
  } finally {
    copy.remove();
  }
}
