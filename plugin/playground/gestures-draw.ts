/** Drawing frames, shapes and lassos with the pointer. */
import type { Box, Point } from '../affine.js';
import type { Desk } from './desk.js';
import { type Gesture, isClick, type Pointed } from './gesture.js';
import { boxAt, placeFrame, placeLasso, placeShape } from './place-shape.js';
import { boxBetween } from './plane.js';
import { simplify } from './simplify-path.js';

/** CSS pixels that a lasso's outline may differ from the hand's way. */
const LASSO_SLACK = 0.75;
const FEWEST_POINTS = 3;

export function startShape(desk: Desk, kind: 'frame' | 'rectangle' | 'ellipse', from: Pointed): Gesture {
  const place = (box: Box) => (kind === 'frame' ? placeFrame(desk, box) : placeShape(desk, kind, box));
  return {
    drag: (to) => desk.setDraft({ as: kind, box: boxOf(from, to) }),
    drop(at) {
      desk.setDraft(undefined);
      const box = boxOf(from, at);
      place(isClick(from, at) || box.width < 1 || box.height < 1 ? rounded(boxAt(from.page)) : box);
      desk.setTool('move');
    },
    cancel: () => desk.setDraft(undefined),
  };
}

export function startLasso(desk: Desk, from: Pointed): Gesture {
  const points: Point[] = [from.page];
  const zoom = desk.standIn.document.viewport().zoom;
  return {
    drag({ page }) {
      points.push(page);
      desk.setDraft({ as: 'lasso', points });
    },
    drop() {
      desk.setDraft(undefined);
      const outline = simplify(points, LASSO_SLACK / zoom);
      if (outline.length < FEWEST_POINTS) return;
      placeLasso(desk, outline);
      desk.setTool('move');
    },
    cancel: () => desk.setDraft(undefined),
  };
}

/** Shift keeps it square, Alt draws from the middle. */
function boxOf(from: Pointed, to: Pointed): Box {
  let [dx, dy] = [to.page.x - from.page.x, to.page.y - from.page.y];
  if (to.shift) {
    const side = Math.max(Math.abs(dx), Math.abs(dy));
    [dx, dy] = [side * (Math.sign(dx) || 1), side * (Math.sign(dy) || 1)];
  }
  const start = to.alt ? { x: from.page.x - dx, y: from.page.y - dy } : from.page;
  return rounded(boxBetween(start, { x: from.page.x + dx, y: from.page.y + dy }));
}

function rounded({ x, y, width, height }: Box): Box {
  const [left, top] = [Math.round(x), Math.round(y)];
  return { x: left, y: top, width: Math.round(x + width) - left, height: Math.round(y + height) - top };
}
