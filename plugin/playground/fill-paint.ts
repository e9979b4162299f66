/** Fills a path with one paint, as Figma does: colours, gradients, and pictures in every scale mode. */
import { identity, multiply, place, scaling, shift, toMatrix, type Transform } from '../affine.js';
import type { Pictures } from './pictures.js';
import { invertOrFlatten, rotation } from './plane.js';

export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export type Filled = {
  path: Path2D;
  rule: CanvasFillRule;
  width: number;
  height: number;
  /** The path is the whole rectangle of width × height. */
  plain: boolean;
};

/** The context's transform is the node's. */
export function fillPaint(context: Context, filled: Filled, paint: Paint, pictures: Pictures): void {
  if (paint.visible === false) return;
  context.save();
  context.globalAlpha *= paint.opacity ?? 1;
  if (paint.type === 'SOLID') {
    context.fillStyle = toColour(paint.color);
    context.fill(filled.path, filled.rule);
  } else if (paint.type === 'IMAGE') {
    const picture = paint.imageHash === null ? undefined : pictures.get(paint.imageHash);
    if (picture) fillWithPicture(context, filled, paint, picture);
  } else if (paint.type === 'GRADIENT_LINEAR' || paint.type === 'GRADIENT_RADIAL') {
    fillWithGradient(context, filled, paint);
  }
  context.restore();
}

function fillWithPicture(context: Context, filled: Filled, paint: ImagePaint, picture: ImageBitmap): void {
  const placed = placePicture(paint, filled, picture);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  if (paint.scaleMode === 'TILE') {
    const pattern = context.createPattern(picture, 'repeat');
    if (!pattern) return;
    pattern.setTransform(new DOMMatrix(toMatrix(placed)));
    context.fillStyle = pattern;
    context.fill(filled.path, filled.rule);
    return;
  }
  // clipping softens the edge once more, so a picture that already lies inside goes without
  if (!filled.plain || !liesInside(placed, filled, picture)) context.clip(filled.path, filled.rule);
  context.transform(...toMatrix(placed));
  context.drawImage(picture, 0, 0);
}

/** From the picture's pixels to the node's coordinates. */
export function placePicture(
  paint: Pick<ImagePaint, 'scaleMode' | 'imageTransform' | 'rotation' | 'scalingFactor'>,
  node: { width: number; height: number },
  picture: { width: number; height: number },
): Transform {
  const { width, height } = node;
  if (paint.scaleMode === 'CROP') {
    const toUnit = scaling(1 / picture.width, 1 / picture.height);
    return multiply(scaling(width, height), multiply(invertOrFlatten(paint.imageTransform ?? identity), toUnit));
  }
  const turned = rotation(paint.rotation ?? 0);
  const isOnSide = Math.abs(paint.rotation ?? 0) % 180 === 90;
  const [across, down] = isOnSide ? [picture.height, picture.width] : [picture.width, picture.height];
  // turned about its middle, then with its top left corner at 0, 0
  const upright = multiply(
    shift(across / 2, down / 2),
    multiply(turned, shift(-picture.width / 2, -picture.height / 2)),
  );
  if (paint.scaleMode === 'TILE') return multiply(scaling(paint.scalingFactor ?? 1), upright);
  const ratios = [width / across, height / down] as const;
  const scale = paint.scaleMode === 'FIT' ? Math.min(...ratios) : Math.max(...ratios);
  const centred = shift((width - across * scale) / 2, (height - down * scale) / 2);
  return multiply(centred, multiply(scaling(scale), upright));
}

function liesInside(placed: Transform, node: Filled, picture: ImageBitmap): boolean {
  const slack = 1e-3;
  return [
    { x: 0, y: 0 },
    { x: picture.width, y: picture.height },
  ].every((corner) => {
    const { x, y } = place(placed, corner);
    return x > -slack && y > -slack && x < node.width + slack && y < node.height + slack;
  });
}

function fillWithGradient(context: Context, filled: Filled, paint: GradientPaint): void {
  // from the gradient's own space, where it runs from 0 to 1, to the node's
  const toNode = multiply(scaling(filled.width, filled.height), invertOrFlatten(paint.gradientTransform));
  const gradient =
    paint.type === 'GRADIENT_LINEAR'
      ? context.createLinearGradient(0, 0, 1, 0)
      : context.createRadialGradient(0.5, 0.5, 0, 0.5, 0.5, 0.5);
  for (const { position, color } of paint.gradientStops) gradient.addColorStop(position, toColour(color, color.a));
  const path = new Path2D();
  path.addPath(filled.path, new DOMMatrix(toMatrix(invertOrFlatten(toNode))));
  context.transform(...toMatrix(toNode));
  context.fillStyle = gradient;
  context.fill(path, filled.rule);
}

function toColour({ r, g, b }: RGB, alpha = 1): string {
  return `rgb(${r * 255} ${g * 255} ${b * 255} / ${alpha})`;
}
