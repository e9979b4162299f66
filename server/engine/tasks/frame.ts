/** A whole picture as the model sees it: in the middle of the smallest square around it, resized. */
import { cutWindow, resize, type Picture } from '../picture.js';

/** `side` is that of the square, in image pixels; `x`, `y` its corner, at or before the picture's. */
export type Framed = { framed: Picture; side: number; x: number; y: number };

export async function frame(picture: Picture, modelSide: number): Promise<Framed> {
  const side = Math.max(picture.width, picture.height);
  const x = Math.floor((picture.width - side) / 2);
  const y = Math.floor((picture.height - side) / 2);
  return { framed: await resize(cutWindow(picture, { x, y, side }), modelSide, modelSide), side, x, y };
}
