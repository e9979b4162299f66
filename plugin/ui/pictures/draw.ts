/** Draws what a job needs from the canvas's sources. Needs a browser; the geometry is image-space's. */
import type { MaskShape, PixelSource } from '../../messages.js';
import { PanelError } from '../problem.js';
import { drawMask } from './draw-mask.js';
import { MAX_PIXELS, MAX_SIDE, planSeen, showsWhole, shrinkToFit, type Size } from './image-space.js';
import { isTakenByServer } from './picture-format.js';

/** `redrawn`: these aren't the image's own bytes. */
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
}

export const draw: Draw = {
  async original(source) {
    const picture = await decode(source.bytes, source.name);
    const { width, height } = picture;
    if (isTakenByServer(source.bytes) && width * height <= MAX_PIXELS) {
      picture.close();
      return { bytes: source.bytes, width, height, redrawn: false };
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
    const { canvas, context } = createCanvas(size);
    const [[a, c, e], [b, d, f]] = imageToSeen;
    context.setTransform(a, b, c, d, e, f);
    context.drawImage(picture, 0, 0);
    picture.close();
    return { ...size, bytes: toPng(canvas), redrawn: true };
  },

  async mask(base, size, shapes) {
    const { canvas, context } = createCanvas(size);
    await drawMask(context, { base, size, shapes, createCanvas, decode });
    const { data } = context.getImageData(0, 0, size.width, size.height);
    for (let at = 0; at < data.length; at += 4) if (data[at]) return toPng(canvas);
    throw new PanelError({ code: 'shape-outside', detail: shapes.map(({ name }) => name).join(', ') });
  },

  async forCanvas(bytes, size) {
    if (size.width <= MAX_SIDE && size.height <= MAX_SIDE) return bytes;
    const picture = await decode(bytes, 'result');
    return redraw(picture, shrinkToFit(picture));
  },
};

async function redraw(picture: ImageBitmap, size: Size): Promise<Uint8Array> {
  const { canvas, context } = createCanvas(size);
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, size.width, size.height);
  picture.close();
  return toPng(canvas);
}

async function decode(bytes: Uint8Array, name: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(new Blob([new Uint8Array(bytes)]));
  } catch (cause) {
    throw new PanelError({ code: 'unreadable-picture', detail: `${name}, ${bytes.length} bytes` }, { cause });
  }
}

function createCanvas({ width, height }: Size) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new PanelError({ code: 'unexpected', detail: `no canvas of ${width}×${height}` });
  return { canvas, context };
}

/** Not by `toBlob`, which waits for the page to be idle: a second and more while jobs are running. */
function toPng(canvas: HTMLCanvasElement): Uint8Array {
  const address = canvas.toDataURL('image/png');
  const [, base64 = ''] = address.split(',');
  // a canvas that is too large for the browser gives an empty address
  if (base64 === '') throw new PanelError({ code: 'unexpected', detail: `no PNG of ${canvas.width}×${canvas.height}` });
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
