/** Draws what a job needs from the canvas's sources. Needs a browser; the geometry is image-space's. */
import { MAX_PIXELS } from '../../../shared/limits.js';
import { toMatrix } from '../../affine.js';
import { createCanvas, toBytes } from '../../canvas-bytes.js';
import type { MaskShape, PixelSource } from '../../messages.js';
import { PanelError } from '../problem.js';
import { drawMask } from './draw-mask.js';
import { MAX_SIDE, planSeen, showsWhole, shrinkToFit, type Size } from './image-space.js';
import { isTakenByServer } from './picture-format.js';

/** `redrawn`: these aren't the image's own bytes, as what Figma has rendered isn't either. */
export type Drawn = Size & { bytes: Uint8Array; redrawn: boolean };

export interface Draw {
  /** The image's own bytes wherever the server takes them. */
  original(source: PixelSource): Promise<Drawn>;
  /** What the node shows of its image. */
  seen(source: PixelSource): Promise<Drawn>;
  /** White where the shapes lie on the base, of its size. @throws PanelError `shape-outside` where they lie beside it */
  mask(base: PixelSource, size: Size, shapes: readonly MaskShape[]): Promise<Uint8Array>;
  /** As Figma takes it: at most 4096 pixels a side. */
  forCanvas(bytes: Uint8Array, size: Size): Promise<Uint8Array>;
  sizeOf(bytes: Uint8Array): Promise<Size>;
}

export const draw: Draw = {
  async original(source) {
    const picture = await decode(source.bytes, source.name);
    const { width, height } = picture;
    if (isTakenByServer(source.bytes) && width * height <= MAX_PIXELS) {
      picture.close();
      return { bytes: source.bytes, width, height, redrawn: source.way === 'export' };
    }
    const size = shrinkToFit(picture);
    return { ...size, bytes: await redraw(picture, size), redrawn: true };
  },

  async seen(source) {
    const picture = await decode(source.bytes, source.name);
    if (showsWhole(source, picture)) {
      picture.close();
      return draw.original(source);
    }
    const { imageToSeen, ...size } = planSeen(source, picture);
    const { canvas, context } = createSheet(size);
    context.setTransform(...toMatrix(imageToSeen));
    context.drawImage(picture, 0, 0);
    picture.close();
    return { ...size, bytes: toBytes(canvas, 'image/png'), redrawn: true };
  },

  async mask(base, size, shapes) {
    const { canvas, context } = createSheet(size);
    await drawMask(context, { base, size, shapes, createCanvas: createSheet, decode });
    const { data } = context.getImageData(0, 0, size.width, size.height);
    for (let at = 0; at < data.length; at += 4) if (data[at]) return toBytes(canvas, 'image/png');
    throw new PanelError({ code: 'shape-outside', detail: shapes.map(({ name }) => name).join(', ') });
  },

  async forCanvas(bytes, size) {
    if (size.width <= MAX_SIDE && size.height <= MAX_SIDE) return bytes;
    const picture = await decode(bytes, 'result');
    return redraw(picture, shrinkToFit(picture));
  },

  async sizeOf(bytes) {
    const picture = await decode(bytes, 'picture');
    const { width, height } = picture;
    picture.close();
    return { width, height };
  },
};

async function redraw(picture: ImageBitmap, size: Size): Promise<Uint8Array> {
  const { canvas, context } = createSheet(size);
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, size.width, size.height);
  picture.close();
  return toBytes(canvas, 'image/png');
}

async function decode(bytes: Uint8Array, name: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(new Blob([new Uint8Array(bytes)]));
  } catch (cause) {
    throw new PanelError({ code: 'unreadable-picture', detail: `${name}, ${bytes.length} bytes` }, { cause });
  }
}

/** Of pictures whose pixels are read, not shown. */
function createSheet(size: Size) {
  return createCanvas(size, { willReadFrequently: true });
}
