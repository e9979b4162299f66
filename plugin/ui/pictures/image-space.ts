/** From a node's own units to the pixels of the image that fills it: how Figma lays out an image fill, told backwards. */
import { MAX_PIXELS } from '../../../shared/limits.js';
import { identity, invert, place, scaling, shift, type Transform } from '../../affine.js';
import type { PixelSource } from '../../messages.js';
import { chain, quarterTurns, stretch } from './transform.js';

export type Size = { width: number; height: number };
type Fill = Extract<PixelSource, { way: 'fill' }>;
export type Layout = Pick<Fill, 'node' | 'scaleMode' | 'imageTransform' | 'rotation' | 'scalingFactor'>;

/** The longest side that Figma takes. */
export const MAX_SIDE = 4096;

/** Node units -> image pixels. `image` is the picture's size in pixels. */
export function nodeToImage(source: PixelSource | Layout, image: Size): Transform {
  if ('way' in source && source.way === 'export') {
    return scaling(image.width / source.node.width, image.height / source.node.height);
  }
  const { node, scaleMode, imageTransform, rotation = 0, scalingFactor = 1 } = source;
  if (scaleMode === 'CROP') {
    const toUnit = scaling(1 / node.width, 1 / node.height);
    return chain(toUnit, imageTransform ?? identity, scaling(image.width, image.height));
  }
  const turns = Math.round(rotation / 90);
  // the image as it lies once turned
  const lying = turns % 2 === 0 ? image : { width: image.height, height: image.width };
  const unturn = chain(
    shift(-lying.width / 2, -lying.height / 2),
    quarterTurns(-turns),
    shift(image.width / 2, image.height / 2),
  );
  if (scaleMode === 'TILE') return chain(scaling(1 / scalingFactor), unturn);
  const ratios = [node.width / lying.width, node.height / lying.height] as const;
  const zoom = scaleMode === 'FILL' ? Math.max(...ratios) : Math.min(...ratios);
  const toLying = chain(
    shift(-node.width / 2, -node.height / 2),
    scaling(1 / zoom),
    shift(lying.width / 2, lying.height / 2),
  );
  return chain(toLying, unturn);
}

/** Whether the node shows all of its image, upright; half a pixel of it may be hidden. */
export function showsWhole(source: PixelSource, image: Size): boolean {
  if (source.way === 'export') return true;
  const toImage = nodeToImage(source, image);
  const [[a, c], [b, d]] = toImage;
  if (Math.abs(b) > 1e-6 || Math.abs(c) > 1e-6 || a <= 0 || d <= 0) return false;
  const from = place(toImage, { x: 0, y: 0 });
  const to = place(toImage, { x: source.node.width, y: source.node.height });
  return from.x <= 0.5 && from.y <= 0.5 && to.x >= image.width - 0.5 && to.y >= image.height - 0.5;
}

/** The picture of what the node shows, at the image's own density: its size, and how the image is drawn into it. */
export function planSeen(source: PixelSource, image: Size): Size & { imageToSeen: Transform } {
  const toImage = nodeToImage(source, image);
  const density = stretch(toImage);
  const size = shrinkToFit({ width: source.node.width * density.x, height: source.node.height * density.y });
  const toSeen = scaling(size.width / source.node.width, size.height / source.node.height);
  return { ...size, imageToSeen: chain(invert(toImage), toSeen) };
}

/** Whole pixels, at least one, within what server and Figma take. */
export function shrinkToFit({ width, height }: Size): Size {
  const least = Math.min(1, MAX_SIDE / width, MAX_SIDE / height, Math.sqrt(MAX_PIXELS / (width * height)));
  const whole = (length: number) => Math.max(1, Math.floor(length * least + 1e-6 + (least === 1 ? 0.5 : 0)));
  return { width: whole(width), height: whole(height) };
}
