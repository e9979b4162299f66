/**
 * How a node's pixels reach the panel: as the original bytes of its fill, so that what isn't edited stays what it was, or,
 * where the fill alone isn't what is seen, rendered by Figma. Decided before any byte is read, since the size of the
 * results follows from it.
 */
import { identity, invert, shift, type Box, type Transform } from '../affine.js';
import type { PixelSource } from '../messages.js';
import { boxOf, fillableTypes, imageFillOf, type ShownPaint } from './inspect-node.js';
import { Refusal } from './refusal.js';

type Size = { width: number; height: number };

export type PixelPlan = {
  node: SceneNode & ExportMixin;
  /** In canvas units. */
  size: Size;
  /** From the page's coordinates to the picture's, in canvas units. */
  fromPage: Transform;
} & ({ way: 'fill'; paint: ShownPaint } | { way: 'export'; box: Box });

/** Sides of pictures in pixels: more than 4096 Figma doesn't take, more than fourfold adds nothing but bytes. */
const MAX_SIDE = 4096;
const MAX_SCALE = 4;
/** Pictures inside a node that are asked for their size, of a moodboard with hundreds. */
const MAX_ASKED = 24;

type PixelWish = {
  /** The result is larger than the node, so that a cropped picture would show what the crop hides. */
  grows?: boolean;
  /** Ids of the shapes over the node, which are no part of its picture. */
  except?: ReadonlySet<string>;
  /** A picture whose look counts, since none of its paints comes along to the result. */
  asSeen?: boolean;
};

export async function planPixels(source: SceneNode, { grows, except, asSeen }: PixelWish): Promise<PixelPlan> {
  const { node, box } = findSeen(source);
  const fill = imageFillOf(node, except);
  const isEnough = fill && !fill.covered && fill.paint.scaleMode !== 'TILE' && !(asSeen && isAdjusted(fill.paint));
  if (isEnough && 'width' in node) {
    const { width, height } = node;
    if (!grows || (await isShownWhole(node, fill.paint))) {
      return {
        way: 'fill',
        node,
        paint: fill.paint,
        size: { width, height },
        fromPage: invert(node.absoluteTransform),
      };
    }
  }
  // what Figma renders lies along the page's axes, however the node is turned
  return { way: 'export', node, box, size: box, fromPage: shift(-box.x, -box.y) };
}

export async function collectPixels(plan: PixelPlan): Promise<PixelSource> {
  const { node, size } = plan;
  const common = { name: node.name, node: { width: size.width, height: size.height } };
  if (plan.way === 'export') {
    const scale = await chooseScale(node, plan.box);
    return { way: 'export', ...common, scale, bytes: await exportBox(node, { type: 'SCALE', value: scale }) };
  }
  const { imageHash, scaleMode, imageTransform, rotation, scalingFactor } = plan.paint;
  const image = figma.getImageByHash(imageHash);
  if (!image) throw new Refusal('no-image', `the picture of “${node.name}” isn't in this file any more`);
  return {
    way: 'fill',
    ...common,
    bytes: await image.getBytesAsync(),
    scaleMode,
    ...(imageTransform ? { imageTransform } : {}),
    ...(rotation === undefined ? {} : { rotation }),
    ...(scalingFactor === undefined ? {} : { scalingFactor }),
  };
}

/** In pixels, what an expansion of the picture goes on from, where that is rendered; nothing where it is the image itself. */
export async function sizeShown(source: SceneNode): Promise<Size | undefined> {
  const plan = await planPixels(source, { grows: true });
  if (plan.way === 'fill') return undefined;
  const scale = await chooseScale(plan.node, plan.box);
  return { width: Math.round(plan.box.width * scale), height: Math.round(plan.box.height * scale) };
}

/** Exactly the node's box, without the shadows and strokes that reach out of it. */
export function exportBox(node: ExportMixin, constraint: ExportSettingsConstraints): Promise<Uint8Array> {
  return node.exportAsync({ format: 'PNG', colorProfile: 'SRGB', useAbsoluteBounds: true, constraint });
}

/** @throws Refusal `no-image` where there is nothing to see of a node */
export function findSeen(node: SceneNode): { node: SceneNode & ExportMixin; box: Box } {
  const box = boxOf(node);
  if (box && 'exportAsync' in node) return { node, box };
  throw new Refusal('no-image', `there is nothing to see of “${node.name}”`);
}

/** As many pixels a canvas unit as the sharpest picture in it has, so that nothing is lost that need not be. */
async function chooseScale(node: SceneNode, box: Box): Promise<number> {
  const inside = 'findAllWithCriteria' in node ? node.findAllWithCriteria({ types: [...fillableTypes] }) : [];
  const found: { owner: Size; paint: ShownPaint }[] = [];
  for (const owner of [node, ...inside]) {
    const fill = found.length < MAX_ASKED ? imageFillOf(owner) : undefined;
    if (fill && 'width' in owner) found.push({ owner, paint: fill.paint });
  }
  const densities = await Promise.all(found.map(({ owner, paint }) => densityOf(owner, paint)));
  const wanted = Math.min(Math.max(1, ...densities), MAX_SCALE);
  return Math.min(wanted, MAX_SIDE / Math.max(box.width, box.height));
}

/** Image pixels a canvas unit. */
async function densityOf(owner: Size, paint: ShownPaint): Promise<number> {
  const image = figma.getImageByHash(paint.imageHash);
  if (!image) return 1;
  const { width, height } = await image.getSizeAsync();
  if (paint.scaleMode === 'TILE') return 1 / (paint.scalingFactor ?? 1);
  if (paint.scaleMode === 'CROP' && paint.imageTransform) {
    const [[a], [b]] = paint.imageTransform;
    return Math.hypot(a * width, b * height) / owner.width;
  }
  const densities = [width / owner.width, height / owner.height];
  return paint.scaleMode === 'FIT' ? Math.max(...densities) : Math.min(...densities);
}

/** Whether the node shows all of the picture and nothing else, upright. */
async function isShownWhole(node: Size, paint: ShownPaint): Promise<boolean> {
  if ((paint.rotation ?? 0) % 360 !== 0) return false;
  if (paint.scaleMode === 'CROP') {
    const [[a, c, e], [b, d, f]] = paint.imageTransform ?? identity;
    const [x, y, stays] = [1 - a, 1 - d, Math.hypot(c, e, b, f)];
    return Math.hypot(x, y, stays) < 0.005;
  }
  const size = await figma.getImageByHash(paint.imageHash)?.getSizeAsync();
  return size !== undefined && isSameShape(size, node);
}

/** Whether Figma shows the image otherwise than its bytes have it. */
function isAdjusted({ filters = {}, opacity = 1, blendMode = 'NORMAL' }: ShownPaint): boolean {
  return opacity < 1 || blendMode !== 'NORMAL' || Object.values(filters).some((value) => value !== 0);
}

/** Whether two pictures have the same proportions, but for what rounding to pixels does to them. */
export function isSameShape(one: Size, two: Size): boolean {
  return Math.abs(Math.log((one.width * two.height) / (one.height * two.width))) < 0.02;
}
