/** A rendering for tests that need one of the right size: a node's first image stretched over it, or its first colour. */
import sharp from 'sharp';
import type { DocumentView, RenderOptions } from '../../plugin/stand-in/index.js';

export async function drawPlainly(
  node: string,
  { scale, bounds, format }: RenderOptions,
  document: DocumentView,
): Promise<Uint8Array> {
  const width = Math.max(1, Math.round(bounds.width * scale));
  const height = Math.max(1, Math.round(bounds.height * scale));
  const fills = document.node(node)?.fills.filter(({ visible }) => visible) ?? [];
  const picture = fills.find((fill) => fill.type === 'IMAGE');
  const image = picture?.imageHash ? document.image(picture.imageHash) : undefined;
  const solid = fills.find((fill) => fill.type === 'SOLID');
  const { r = 0, g = 0, b = 0 } = solid?.color ?? {};
  const background = { r: r * 255, g: g * 255, b: b * 255, alpha: solid ? (solid.opacity ?? 1) : 0 };
  const drawn = image
    ? sharp(image.bytes).resize(width, height, { fit: 'fill' })
    : sharp({ create: { width, height, channels: 4, background } });
  return new Uint8Array(await (format === 'JPG' ? drawn.flatten().jpeg() : drawn.png()).toBuffer());
}
