/** How large a picture from words is: as those that it will be seen beside. */
import { contains, type Box } from '../affine.js';
import { overlap } from './boxes.js';
import { boxOf, drawnOn, imageFillOf } from './inspect-node.js';
import { isPlaceholder } from './row-data.js';

/** Side of a picture that has no other beside it, and the least of any, in canvas units: the model's own pixels. */
const SIDE = 256;

/**
 * The shorter side of the picture nearest to the middle of the view, where that is of the page.
 * @param view the part of the page that the designer sees; what holds all of it is a backdrop
 */
export function chooseSide(page: PageNode, view: Box): number {
  if (page.id !== figma.currentPage.id) return SIDE;
  const middle = { x: view.x + view.width / 2, y: view.y + view.height / 2 };
  const distanceOf = (box: Box) => Math.hypot(box.x + box.width / 2 - middle.x, box.y + box.height / 2 - middle.y);
  const [nearest] = picturesIn(page, view).sort((one, two) => distanceOf(one) - distanceOf(two));
  return nearest ? Math.max(SIDE, Math.round(Math.min(nearest.width, nearest.height))) : SIDE;
}

/** Boxes of pictures that lie on the page, or next under what lies there as those of a row do. */
function picturesIn(page: PageNode, view: Box): Box[] {
  const seenBox = (node: SceneNode) => {
    const box = boxOf(node);
    return box && overlap(box, view) > 0 ? box : undefined;
  };
  return drawnOn(page)
    .filter(seenBox)
    .flatMap((node) => ('children' in node && !imageFillOf(node) ? node.children : [node]))
    .filter((node) => isPlaceholder(node) || imageFillOf(node))
    .flatMap((node) => seenBox(node) ?? [])
    .filter((box) => !contains(box, view));
}
