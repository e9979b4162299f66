/** A node, or all that lies in its area, as a picture: what exportAsync gives, drawn by the canvas's own code. */
import { multiply, scaling, shift } from '../affine.js';
import { createCanvas, toBytes } from '../canvas-bytes.js';
import type { DocumentView, RenderOptions } from '../stand-in/index.js';
import { drawNode, drawNodes, picturesIn } from './draw-node.js';
import type { Pictures } from './pictures.js';

export async function renderNode(
  document: DocumentView,
  pictures: Pictures,
  id: string,
  { scale, contentsOnly, bounds, format }: RenderOptions,
): Promise<Uint8Array> {
  const all = document.children(document.currentPage());
  await pictures.ready((contentsOnly ? [id] : all).flatMap((drawn) => picturesIn(document, drawn)));
  const node = document.node(id);
  if (!node) throw new Error(`node ${id} can't be rendered: it isn't there`);
  const { canvas, context } = createCanvas({ width: bounds.width * scale, height: bounds.height * scale });
  // rounding the size must not leave half-covered pixels at the right and bottom edges
  const fitted = scaling(canvas.width / bounds.width, canvas.height / bounds.height);
  const view = multiply(fitted, shift(-bounds.x, -bounds.y));
  if (format === 'JPG') {
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  const stage = { context, view, document, pictures };
  if (contentsOnly) drawNode(stage, node);
  else drawNodes(stage, all);
  return toBytes(canvas, format === 'JPG' ? 'image/jpeg' : 'image/png');
}
