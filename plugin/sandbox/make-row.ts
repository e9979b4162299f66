/** The row of placeholders that lies on the canvas from the first moment of a job, each as large as its picture will be. */
import { contains, type Box } from '../affine.js';
import { chooseSide } from './choose-side.js';
import { boxOf, drawnOn, isSettablePaint, pageOf, takesRows } from './inspect-node.js';
import type { PixelPlan } from './plan-pixels.js';
import { fitSquares, GAP, placeBeside, placeInView, type Layout, type Size } from './place-row.js';
import { keepPlaces, markBegun, markPlaceholder, readRecipe } from './row-data.js';

/** Soft on a light canvas and on a dark one. */
const WAITING: SolidPaint = { type: 'SOLID', color: { r: 0.5, g: 0.5, b: 0.5 }, opacity: 0.2 };

export type RowWish = {
  name: string;
  count: number;
  maker: string;
  plan: PixelPlan | undefined;
  /** Canvas units that the results are larger than the source. */
  grows: Size;
  /** The results are of what the source shows of its image: cropped already. */
  seen: boolean;
  /** An empty frame for the row to go into. */
  frame: SceneNode | undefined;
};

/** Larger than any job's number of pictures. */
const MAX_COUNT = 16;

/** Whole, or not at all: what keeps it from being made leaves nothing of it behind. */
export async function makeRow(wish: RowWish): Promise<FrameNode> {
  const { name, maker, plan, frame } = wish;
  const count = Math.min(Math.max(Math.round(wish.count), 1), MAX_COUNT);
  const source = plan?.node ?? frame;
  const page = (source && pageOf(source)) ?? figma.currentPage;
  await page.loadAsync();
  const inside = frame && takesRows(frame) && 'width' in frame && frame.children.length === 0 ? frame : undefined;
  const { size, layout } = shapeOf({ ...wish, count }, page, inside);

  const row = figma.createFrame();
  try {
    row.name = name;
    row.fills = [];
    row.clipsContent = false;
    row.layoutMode = layout;
    row.primaryAxisSizingMode = 'AUTO';
    row.counterAxisSizingMode = 'AUTO';
    row.itemSpacing = GAP;
    markBegun(row, { maker, at: Date.now() });
    for (let variant = 0; variant < count; variant++) addPlaceholder(row, wish, { size, variant });
    keepPlaces(
      row,
      row.children.map(({ id }) => id),
    );
    if (inside) placeInside(row, inside);
    else placeOn(page, row, source);
    return row;
  } catch (thrown) {
    row.remove();
    throw thrown;
  }
}

function placeInside(row: FrameNode, frame: SceneNode & ChildrenMixin & Size): void {
  const { width, height } = row;
  frame.appendChild(row);
  moveTo(row, { x: Math.round((frame.width - width) / 2), y: Math.round((frame.height - height) / 2) });
}

function placeOn(page: PageNode, row: FrameNode, source: SceneNode | undefined): void {
  const { width, height } = row;
  const whole = { width, height };
  page.appendChild(row);
  const taken = drawnOn(page).flatMap((node) => (node.id === row.id ? [] : (boxOf(node) ?? [])));
  const at = source ? placeByNode(source, whole, taken) : placeInView(figma.viewport.bounds, whole, taken);
  moveTo(row, at);
  if (source) intoSection(row, outermostOf(source).parent, { ...at, ...whole });
}

function shapeOf(
  { plan, grows, count }: RowWish,
  page: PageNode,
  inside: Size | undefined,
): { size: Size; layout: Layout } {
  const atLeast = (length: number) => Math.max(length, 1);
  const square = (side: number) => ({ width: side, height: side });
  if (inside && !plan) {
    const { side, layout } = fitSquares(count, inside);
    return { size: square(side), layout };
  }
  const size = plan
    ? { width: atLeast(plan.size.width + grows.width), height: atLeast(plan.size.height + grows.height) }
    : square(chooseSide(page, figma.viewport.bounds));
  return { size, layout: 'HORIZONTAL' };
}

function addPlaceholder(
  row: FrameNode,
  { plan, grows, seen }: RowWish,
  { size, variant }: { size: Size; variant: number },
): void {
  const keepsLook = plan?.way === 'fill';
  const isGrown = grows.width !== 0 || grows.height !== 0;
  const keepsShape = keepsLook && !isGrown;
  const node = keepsShape && plan.node.type === 'ELLIPSE' ? figma.createEllipse() : figma.createRectangle();
  row.appendChild(node);
  const hide = (paint: Paint): Paint => ({ ...(seen || isGrown ? showWhole(paint) : paint), visible: false });
  node.name = String(variant + 1);
  node.resize(size.width, size.height);
  // the source's paints wait unseen, so that the picture is cropped and tinted as the source is, whatever becomes of it
  node.fills = keepsLook ? [...paintsUpTo(plan.node).map(hide), WAITING] : [WAITING];
  if (keepsShape && 'topLeftRadius' in plan.node && node.type === 'RECTANGLE') {
    const { topLeftRadius, topRightRadius, bottomLeftRadius, bottomRightRadius } = plan.node;
    Object.assign(node, { topLeftRadius, topRightRadius, bottomLeftRadius, bottomRightRadius });
  }
  markPlaceholder(node, variant);
}

/** The visible paints of a node whose topmost one is its picture, but for those that a placeholder can't be given. */
function paintsUpTo(node: SceneNode): Paint[] {
  if (!('fills' in node) || typeof node.fills === 'symbol') return [];
  return node.fills.filter((paint) => paint.visible !== false && isSettablePaint(paint));
}

/** A picture of what was seen, or that has grown, fills its place as it is: it would be cropped or turned a second time. */
function showWhole(paint: Paint): Paint {
  if (paint.type !== 'IMAGE') return paint;
  return { ...paint, scaleMode: 'FILL', rotation: 0 };
}

function moveTo(row: FrameNode, { x, y }: { x: number; y: number }): void {
  row.x = x;
  row.y = y;
}

/** Into the section that holds the source, where the row lies within it: whoever moves the section moves both. */
function intoSection(row: FrameNode, parent: BaseNode | null, box: Box): void {
  const around = parent?.type === 'SECTION' ? boxOf(parent) : undefined;
  if (parent?.type !== 'SECTION' || !around || !contains(around, box)) return;
  parent.appendChild(row);
  // sections are never turned
  moveTo(row, { x: box.x - around.x, y: box.y - around.y });
}

function placeByNode(source: SceneNode, size: Size, taken: readonly Box[]): { x: number; y: number } {
  const box = boxOf(source);
  if (!box) return placeInView(figma.viewport.bounds, size, taken);
  const outer = outermostOf(source);
  // what was made from a result lies under it, so that rows read as generations
  const below = readRecipe(source) !== undefined && outer.id !== source.id;
  return placeBeside(box, boxOf(outer) ?? box, { size, taken, below });
}

/** What lies on the page itself and holds the node. A section is a part of the page. */
function outermostOf(node: SceneNode): SceneNode {
  let outer = node;
  for (let at = node.parent; at && at.type !== 'PAGE' && at.type !== 'SECTION' && 'visible' in at; at = at.parent) {
    outer = at;
  }
  return outer;
}
