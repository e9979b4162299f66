/** What the selection is good for, in a word; the hint at the foot of the canvas follows it. */
import type { DocumentView, DrawnNode } from '../stand-in/index.js';
import { isPicture, isShape, nodesOf, pictureBeneath, topLevel } from './scene.js';

export type Situation = 'empty' | 'nothing' | 'picture' | 'shapes' | 'shape-over' | 'shape-nowhere' | 'pair' | 'other';

export function readSituation(document: DocumentView): Situation {
  const selected = nodesOf(document, document.selection());
  if (topLevel(document).length === 0) return 'empty';
  if (selected.length === 0) return 'nothing';
  const pictures = selected.filter((node) => isPicture(node) || holdsPicture(document, node));
  const shapes = selected.filter(isShape);
  if (pictures.length + shapes.length < selected.length) return 'other';
  if (pictures.length > 0 && shapes.length > 0) return 'shapes';
  if (pictures.length === 1) return 'picture';
  if (pictures.length === 2) return 'pair';
  if (pictures.length > 2) return 'other';
  return shapes.some((shape) => pictureBeneath(document, shape)) ? 'shape-over' : 'shape-nowhere';
}

function holdsPicture(document: DocumentView, { children }: DrawnNode): boolean {
  return nodesOf(document, children).some((child) => child.visible && isPicture(child));
}
