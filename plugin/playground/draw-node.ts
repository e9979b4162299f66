/** Draws nodes with all that Figma's rendering of them has: paints, clips, sibling masks, opacity, blend modes, blur. */
import { multiply, toMatrix, type Transform } from '../affine.js';
import type { DocumentView, DrawnNode } from '../stand-in/index.js';
import { drawText } from './draw-text.js';
import { type Context, type Filled, fillPaint } from './fill-paint.js';
import type { Pictures } from './pictures.js';
import { scaleOf } from './plane.js';

export type Stage = {
  context: Context;
  /** From the page's coordinates to the context's pixels. */
  view: Transform;
  document: DocumentView;
  pictures: Pictures;
};

export function drawNodes(stage: Stage, ids: readonly string[]): void {
  let masked: { mask: DrawnNode; over: DrawnNode[] } | undefined;
  for (const id of ids) {
    const node = stage.document.node(id);
    if (!node?.visible) continue;
    if (node.isMask) {
      if (masked) drawMasked(stage, masked.mask, masked.over);
      masked = { mask: node, over: [] };
    } else if (masked) masked.over.push(node);
    else drawNode(stage, node);
  }
  if (masked) drawMasked(stage, masked.mask, masked.over);
}

export function drawNode(stage: Stage, node: DrawnNode): void {
  if (!node.visible || node.opacity === 0) return;
  const blur = blurOf(node) * scaleOf(stage.view);
  const blend = blendOf(node.blendMode);
  if (node.opacity === 1 && blur === 0 && blend === 'source-over') {
    drawBody(stage, node);
    return;
  }
  const layer = drawLayer(stage, (above) => drawBody(above, node));
  const { context } = stage;
  context.save();
  context.resetTransform();
  context.globalAlpha = node.opacity;
  context.globalCompositeOperation = blend;
  if (blur > 0) context.filter = `blur(${blur}px)`;
  context.drawImage(layer, 0, 0);
  context.restore();
}

/** Every picture that drawing the node takes. */
export function picturesIn(document: DocumentView, id: string): string[] {
  const node = document.node(id);
  const paints = node ? [...node.fills, ...node.strokes] : [];
  const own = paints.flatMap((paint) => (paint.type === 'IMAGE' && paint.imageHash ? [paint.imageHash] : []));
  return [...own, ...document.children(id).flatMap((child) => picturesIn(document, child))];
}

/** Outlines of a node in its own coordinates; a group or text has the box that it takes. */
export function outlinesOf(node: DrawnNode): Filled[] {
  const { width, height, fillGeometry } = node;
  return fillGeometry.map(({ data, windingRule }) => ({
    path: new Path2D(data),
    rule: windingRule === 'EVENODD' ? 'evenodd' : 'nonzero',
    width,
    height,
    plain: /^\s*M[^MCcQqAaSs]*$/.test(data) && node.type !== 'VECTOR' && isBox(data, width, height),
  }));
}

function drawBody(stage: Stage, node: DrawnNode): void {
  const { context, document, pictures } = stage;
  const outlines = outlinesOf(node);
  context.save();
  context.setTransform(...toMatrix(multiply(stage.view, node.absoluteTransform)));
  for (const paint of node.fills) {
    if (node.text) drawText(context, node, paint, pictures);
    else for (const outline of outlines) fillPaint(context, outline, paint, pictures);
  }
  const strokes = node.strokeGeometry.map(({ data }) => new Path2D(data));
  context.save();
  if (node.clipsContent) for (const { path, rule } of outlines) context.clip(path, rule);
  // a boolean operation's outline already is its children's
  if (node.type !== 'BOOLEAN_OPERATION') drawNodes(stage, document.children(node.id));
  context.restore();
  for (const paint of node.strokes) {
    for (const path of strokes) {
      const { width, height } = node;
      fillPaint(context, { path, rule: 'nonzero', width, height, plain: false }, paint, pictures);
    }
  }
  context.restore();
}

function drawMasked(stage: Stage, mask: DrawnNode, over: readonly DrawnNode[]): void {
  if (over.length === 0) return;
  const layer = drawLayer(stage, (above) => {
    for (const node of over) drawNode(above, node);
    const shape = drawLayer(above, (maskStage) => {
      if (mask.maskType === 'VECTOR') drawOutline(maskStage, mask);
      else drawNode(maskStage, mask);
      if (mask.maskType === 'LUMINANCE') luminanceToAlpha(maskStage.context);
    });
    above.context.resetTransform();
    above.context.globalCompositeOperation = 'destination-in';
    above.context.drawImage(shape, 0, 0);
  });
  stage.context.save();
  stage.context.resetTransform();
  stage.context.drawImage(layer, 0, 0);
  stage.context.restore();
}

function drawOutline({ context, view }: Stage, node: DrawnNode): void {
  context.setTransform(...toMatrix(multiply(view, node.absoluteTransform)));
  for (const { path, rule } of outlinesOf(node)) context.fill(path, rule);
}

function drawLayer(stage: Stage, draw: (above: Stage) => void): OffscreenCanvas {
  const { width, height } = stage.context.canvas;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context) draw({ ...stage, context });
  return canvas;
}

function luminanceToAlpha(context: Context): void {
  const { width, height } = context.canvas;
  const pixels = context.getImageData(0, 0, width, height);
  const { data } = pixels;
  for (let at = 0; at < data.length; at += 4) {
    const [r = 0, g = 0, b = 0, a = 0] = data.subarray(at, at + 4);
    data[at + 3] = ((0.2126 * r + 0.7152 * g + 0.0722 * b) * a) / 255;
  }
  context.putImageData(pixels, 0, 0);
}

/** Standard deviation of the node's layer blur in canvas units: half of what Figma calls its radius. */
function blurOf({ effects }: DrawnNode): number {
  const blur = effects.find((effect) => effect.type === 'LAYER_BLUR' && effect.visible);
  return blur?.type === 'LAYER_BLUR' ? blur.radius / 2 : 0;
}

function blendOf(mode: BlendMode): GlobalCompositeOperation {
  const named: Partial<Record<BlendMode, GlobalCompositeOperation>> = {
    DARKEN: 'darken',
    MULTIPLY: 'multiply',
    COLOR_BURN: 'color-burn',
    LIGHTEN: 'lighten',
    SCREEN: 'screen',
    COLOR_DODGE: 'color-dodge',
    OVERLAY: 'overlay',
    SOFT_LIGHT: 'soft-light',
    HARD_LIGHT: 'hard-light',
    DIFFERENCE: 'difference',
    EXCLUSION: 'exclusion',
    HUE: 'hue',
    SATURATION: 'saturation',
    COLOR: 'color',
    LUMINOSITY: 'luminosity',
  };
  return named[mode] ?? 'source-over';
}

function isBox(data: string, width: number, height: number): boolean {
  const numbers = data.match(/-?\d+(\.\d+)?(e-?\d+)?/g)?.map(Number) ?? [];
  return numbers.every((value) => value === 0 || value === width || value === height) && numbers.length <= 10;
}
