/**
 * Puts a drawn shape on the canvas. A shape over a picture is there to be edited inside, so the two are then selected
 * together, which a designer would otherwise do by a click with Shift.
 */
import { type Box, contains, place, type Point } from '../affine.js';
import type { Desk } from './desk.js';
import { centreOf, overlap } from './plane.js';
import { isPicture, isShape, nodesOf, pictureBeneath, topLevel } from './scene.js';

/** See-through, so that the picture beneath is still seen; the mask is the shape, whatever its colour. */
const tint: SolidPaint = { type: 'SOLID', color: { r: 0.051, g: 0.6, b: 1 }, opacity: 0.18 };
const edge: SolidPaint = { type: 'SOLID', color: { r: 0.051, g: 0.6, b: 1 }, opacity: 0.9 };

/** Canvas units of a shape that is placed by a click, where no picture gives a size. */
const CLICKED_SIDE = 100;
/** Share of the selection that a frame placed by keyboard leaves free on each side, for expanding the picture. */
const FRAME_ROOM = 0.25;

export function placeShape(desk: Desk, kind: 'rectangle' | 'ellipse', box: Box, degrees = 0): void {
  const { user } = desk.standIn;
  asOneStep(desk, () => {
    const id = kind === 'ellipse' ? user.addEllipse(box) : user.addRectangle(box);
    if (degrees !== 0) user.rotate(id, degrees);
    finishShape(desk, id);
  });
}

export function placeLasso(desk: Desk, points: readonly Point[]): void {
  asOneStep(desk, () => finishShape(desk, desk.standIn.user.addPolygon(points)));
}

/** A frame takes in what it was drawn around. */
export function placeFrame(desk: Desk, box: Box): void {
  const { document, user } = desk.standIn;
  asOneStep(desk, () => {
    const inside = topLevel(document).filter(({ absoluteBoundingBox }) => contains(box, absoluteBoundingBox));
    const frame = user.addFrame(box);
    for (const { id } of inside) user.moveInto(id, frame);
    user.select([frame]);
  });
}

export function placeText(desk: Desk, at: Point, characters: string): void {
  asOneStep(desk, () => finishShape(desk, desk.standIn.user.addText(at, characters, 48), false));
}

/** By a click: a square around the point. */
export function boxAt({ x, y }: Point, side = CLICKED_SIDE): Box {
  return { x: x - side / 2, y: y - side / 2, width: side, height: side };
}

/** By keyboard: in the middle of the selected picture, half its size and turned as it is. */
export function placeByKey(desk: Desk): void {
  const { document } = desk.standIn;
  const selected = nodesOf(document, document.selection());
  const target = selected.find(isPicture) ?? selected[0];
  const { x, y, zoom } = document.viewport();
  const middle = target ? centreOf(target.absoluteBoundingBox) : { x, y };
  if (desk.tool === 'frame') {
    const box = target?.absoluteBoundingBox ?? boxAt(middle, CLICKED_SIDE / zoom);
    const room = target ? { x: box.width * FRAME_ROOM, y: box.height * FRAME_ROOM } : { x: 0, y: 0 };
    placeFrame(desk, {
      x: Math.round(box.x - room.x),
      y: Math.round(box.y - room.y),
      width: Math.round(box.width + 2 * room.x),
      height: Math.round(box.height + 2 * room.y),
    });
  } else if (desk.tool === 'rectangle' || desk.tool === 'ellipse') {
    const [width, height] = target ? [target.width / 2, target.height / 2] : [CLICKED_SIDE, CLICKED_SIDE];
    const box = { x: middle.x - width / 2, y: middle.y - height / 2, width, height };
    placeShape(desk, desk.tool, box, target?.rotation ?? 0);
  } else if (desk.tool === 'lasso') {
    placeLasso(desk, outlineIn(target));
  }
  desk.setTool('move');
}

/** An outline in the middle half of a node, for those who can't draw one by hand: eight corners to move and reshape. */
function outlineIn(target: { absoluteTransform: Transform; width: number; height: number } | undefined): Point[] {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((eighth) => (eighth * Math.PI) / 4);
  return corners.map((angle) => {
    const [x, y] = [0.5 + Math.cos(angle) / 4, 0.5 + Math.sin(angle) / 4];
    if (!target) return { x: x * CLICKED_SIDE, y: y * CLICKED_SIDE };
    return place(target.absoluteTransform, { x: x * target.width, y: y * target.height });
  });
}

function finishShape(desk: Desk, id: string, tinted = true): void {
  const { document, user } = desk.standIn;
  if (tinted) user.setProperties(id, { fills: [tint], strokes: [edge], strokeWeight: 1.5 });
  const shape = document.node(id);
  const picture = shape && pictureBeneath(document, shape);
  if (!picture) {
    user.select([id]);
    return;
  }
  const selected = nodesOf(document, document.selection());
  // a second shape over the same picture joins the first
  const earlier = selected.some((node) => node.id === picture.id)
    ? selected.filter((node) => isShape(node) && overlap(node.absoluteBoundingBox, picture.absoluteBoundingBox))
    : [];
  user.select([picture.id, ...earlier.map((node) => node.id), id]);
}

function asOneStep({ standIn: { user } }: Desk, act: () => void): void {
  user.beginGesture();
  try {
    act();
  } finally {
    user.endGesture();
  }
}
