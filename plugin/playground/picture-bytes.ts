/** What Figma's createImage takes: PNG, JPEG or GIF of at most 4096 pixels a side. Anything else is made so first. */
import { createCanvas, toBytes } from '../canvas-bytes.js';

const MOST_PIXELS = 4096;

/** @throws DOMException where the browser can't read it as a picture */
export async function toPlaceable(file: Blob): Promise<{ bytes: Uint8Array; width: number; height: number }> {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const asIs = /^image\/(png|jpeg|gif)$/.test(file.type) && Math.max(width, height) <= MOST_PIXELS;
  if (asIs) {
    bitmap.close();
    return { bytes: new Uint8Array(await file.arrayBuffer()), width, height };
  }
  const scale = Math.min(1, MOST_PIXELS / Math.max(width, height));
  const { canvas, context } = createCanvas({ width: width * scale, height: height * scale });
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return { bytes: toBytes(canvas, 'image/png'), width: canvas.width, height: canvas.height };
}

/** The pictures among what was dropped, pasted or chosen. */
export function picturesOf(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])].filter(({ type }) => type.startsWith('image/'));
}
