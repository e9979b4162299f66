/** Moving, resizing and turning what is selected. Each is one undo step. */
import { place, type Point } from '../affine.js';
import type { DrawnNode } from '../stand-in/index.js';
import type { Desk } from './desk.js';
import { createStep, draggedIn, type Gesture, idle, isClick, type Pointed } from './gesture.js';
import { centreOf, invertOrFlatten } from './plane.js';
import { contains, frameAt, nodesOf } from './scene.js';

/** Degrees that turning with Shift goes in. */
const TURN_STEP = 15;

/** @param onClick where the pointer was let go without having moved */
export function startMove(desk: Desk, moved: readonly string[], from: Pointed, onClick: () => void): Gesture {
  const { document, user } = desk.standIn;
  const step = createStep(desk);
  let ids = moved;
  let done: Point = { x: 0, y: 0 };
  let moving = false;

  function drag(to: Pointed): void {
    if (!moving && isClick(from, to)) return;
    if (!moving && to.alt) {
      const [before] = nodesOf(document, ids);
      step.change(() => {
        ids = user.duplicate(ids);
      });
      const [copy] = nodesOf(document, ids);
      // a copy comes to lie aside, and is to start from where the pointer took hold
      if (before && copy) done = awayFrom(before, copy);
    }
    moving = true;
    let [dx, dy] = [Math.round(to.page.x - from.page.x), Math.round(to.page.y - from.page.y)];
    if (to.shift && Math.abs(dx) > Math.abs(dy)) dy = 0;
    else if (to.shift) dx = 0;
    if (dx === done.x && dy === done.y) return;
    step.change(() => user.move(ids, dx - done.x, dy - done.y));
    done = { x: dx, y: dy };
  }

  return {
    drag,
    drop(at) {
      drag(at);
      if (moving) step.change(() => settleIn(desk, ids, at.page));
      else onClick();
      step.end();
    },
    cancel: step.takeBack,
  };
}

function awayFrom(from: DrawnNode, to: DrawnNode): Point {
  const [[, , x], [, , y]] = from.absoluteTransform;
  const [[, , toX], [, , toY]] = to.absoluteTransform;
  return { x: toX - x, y: toY - y };
}

/** Into the frame under the pointer, or out of the one that the pointer has left. */
function settleIn({ standIn: { document, user } }: Desk, ids: readonly string[], at: Point): void {
  const next = frameAt(document, at, ids)?.id ?? document.currentPage();
  for (const node of nodesOf(document, ids)) {
    const parent = node.parent === null ? undefined : document.node(node.parent);
    const stays = parent?.type === 'GROUP' || (parent?.isAutoLayout && contains(parent, at));
    if (node.parent !== next && !stays) user.moveInto(node.id, next);
  }
}

/** 0 is the left or top edge, 1 the right or bottom one, ½ neither. */
export type Handle = { x: 0 | 0.5 | 1; y: 0 | 0.5 | 1 };

export function startResize(desk: Desk, id: string, handle: Handle): Gesture {
  const { document, user } = desk.standIn;
  const start = document.node(id);
  const step = createStep(desk);
  if (!start) return idle;
  const { absoluteTransform: placed, width, height } = start;
  const toOwn = invertOrFlatten(placed);

  function drag({ page, shift, alt }: Pointed): void {
    const at = place(toOwn, page);
    const times = alt ? 2 : 1;
    const stretch = (edge: number, reach: number, length: number) =>
      edge === 0.5 ? length : Math.max(1, Math.round(length + (edge === 1 ? reach - length : -reach) * times));
    let across = stretch(handle.x, at.x, width);
    let down = stretch(handle.y, at.y, height);
    if (shift && width > 0 && height > 0) {
      const ratios = [handle.x === 0.5 ? 0 : across / width, handle.y === 0.5 ? 0 : down / height];
      const ratio = Math.max(...ratios);
      [across, down] = [Math.max(1, width * ratio), Math.max(1, height * ratio)];
    }
    // what isn't pulled stays: the opposite edge, or with Alt the middle
    const stay = (edge: number, length: number, next: number) =>
      alt || edge === 0.5 ? (length - next) / 2 : edge === 0 ? length - next : 0;
    const corner = { x: stay(handle.x, width, across), y: stay(handle.y, height, down) };
    step.change(() => user.resize(id, { width: across, height: down, at: place(placed, corner) }));
  }

  return draggedIn(step, drag);
}

export function startTurn(desk: Desk, id: string, from: Pointed): Gesture {
  const { document, user } = desk.standIn;
  const start = document.node(id);
  const step = createStep(desk);
  if (!start) return idle;
  const middle = centreOf(start.absoluteBoundingBox);
  const angleOf = ({ x, y }: Point) => (-Math.atan2(y - middle.y, x - middle.x) * 180) / Math.PI;
  const { rotation } = start;
  let turned = 0;

  function drag({ page, shift }: Pointed): void {
    const pulled = angleOf(page) - angleOf(from.page);
    const to = shift ? Math.round((rotation + pulled) / TURN_STEP) * TURN_STEP - rotation : Math.round(pulled);
    step.change(() => user.rotate(id, to - turned));
    turned = to;
  }

  return draggedIn(step, drag);
}
