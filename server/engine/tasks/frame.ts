/** A whole picture as the model sees it: in the middle of the smallest square around it, resized. */
import type { ModelPixels } from '../../../shared/index.js';
import { cutWindow, resizePart, type Picture, type Size } from '../picture.js';

/** `side` is that of the square, in image pixels; `x`, `y` its corner, at or before the picture's. */
export type Framed = { framed: Picture; side: number; x: number; y: number };

export async function frame(picture: Picture, modelSide: ModelPixels): Promise<Framed> {
  const side = Math.max(picture.width, picture.height);
  const x = Math.floor((picture.width - side) / 2);
  const y = Math.floor((picture.height - side) / 2);
  return { framed: await cutWindow(picture, { x, y, side }, modelSide), side, x, y };
}

/** The other way round: a picture of the model's out of its square, `scale` times as large as the first was. */
export async function unframe(made: Picture, { side, x, y }: Framed, size: Size, scale = 1): Promise<Picture> {
  const scaled = (length: number) => Math.round(length * scale);
  const [width, height] = [Math.max(1, scaled(size.width)), Math.max(1, scaled(size.height))];
  const square = { width: scaled(side), height: scaled(side) };
  return resizePart(made, square, { x: scaled(-x), y: scaled(-y), width, height });
}
