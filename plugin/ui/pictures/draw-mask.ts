/** A mask from the shapes over a picture: white where they lie, grey where they are sheer or soft, at the picture's pixels. */
import { shift, toMatrix } from '../../affine.js';
import type { MaskShape, PixelSource } from '../../messages.js';
import { nodeToImage, showsWhole, type Size } from './image-space.js';
import { chain, stretch } from './transform.js';

type Canvas = { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D };

export type MaskBrief = {
  base: PixelSource;
  /** Of the base, in image pixels. */
  size: Size;
  shapes: readonly MaskShape[];
  createCanvas: (size: Size) => Canvas;
  decode: (bytes: Uint8Array, name: string) => Promise<ImageBitmap>;
};

export async function drawMask(onto: CanvasRenderingContext2D, brief: MaskBrief): Promise<void> {
  const { base, size, shapes, createCanvas, decode } = brief;
  onto.fillStyle = '#000';
  onto.fillRect(0, 0, size.width, size.height);
  const toImage = nodeToImage(base, size);
  const density = stretch(toImage);
  onto.save();
  // what a crop hides lies under no shape, however far the shape reaches
  if (!showsWhole(base, size)) {
    const window = new Path2D();
    window.addPath(rectangle(base.node), new DOMMatrix(toMatrix(toImage)));
    onto.clip(window);
  }
  const radiusOf = ({ blur }: MaskShape) => blur * Math.min(density.x, density.y);
  // what lies around blurs into the picture too
  const margin = Math.ceil(2 * Math.max(0, ...shapes.map(radiusOf)));
  const sheet = { width: size.width + 2 * margin, height: size.height + 2 * margin };
  const { canvas, context } = createCanvas(sheet);
  for (const shape of shapes) {
    // each by itself on the sheet, so that its opacity holds for the whole of it
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = 'source-over';
    context.clearRect(0, 0, sheet.width, sheet.height);
    context.setTransform(...toMatrix(chain(shape.toBase, toImage, shift(margin, margin))));
    context.fillStyle = '#fff';
    if (shape.drawn.as === 'paths') {
      for (const { data, windingRule } of shape.drawn.paths) {
        context.fill(new Path2D(data), windingRule === 'EVENODD' ? 'evenodd' : 'nonzero');
      }
    } else {
      const picture = await decode(shape.drawn.bytes, shape.name);
      context.drawImage(picture, 0, 0, shape.drawn.width, shape.drawn.height);
      picture.close();
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalCompositeOperation = 'source-in';
      context.fillRect(0, 0, sheet.width, sheet.height);
    }
    onto.globalAlpha = shape.opacity;
    lay(onto, canvas, { radius: radiusOf(shape), margin });
    onto.globalAlpha = 1;
  }
  onto.restore();
}

function rectangle({ width, height }: Size): Path2D {
  const path = new Path2D();
  path.rect(0, 0, width, height);
  return path;
}

/** A blur is drawn as the shadow of a sheet that lies beside the canvas: every browser has shadows, not all have filters. */
function lay(onto: CanvasRenderingContext2D, sheet: HTMLCanvasElement, blur: { radius: number; margin: number }): void {
  const { radius, margin } = blur;
  if (radius <= 0) return onto.drawImage(sheet, -margin, -margin);
  const beside = 2 * sheet.width;
  onto.save();
  onto.shadowColor = '#fff';
  // Figma's radius is twice the deviation, and so is a shadow's
  onto.shadowBlur = radius;
  onto.shadowOffsetX = beside;
  onto.drawImage(sheet, -beside - margin, -margin);
  onto.restore();
}
