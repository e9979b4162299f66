/** The points around a selected node that resize and turn it. */
import { multiply, place, type Point } from '../affine.js';
import { viewTransform } from './camera.js';
import type { Desk } from './desk.js';
import type { Handle } from './gestures-change.js';
import { invertOrFlatten } from './plane.js';
import { isPicture, isShape, nodesOf, turnOf } from './scene.js';
import type { DrawnNode } from '../stand-in/index.js';

/** CSS pixels. */
export const KNOB_AWAY = 24;
const CORNER_REACH = 8;
const EDGE_REACH = 5;
const KNOB_REACH = 10;
const TURN_REACH = 22;
/** Below this a node's edges are left to moving it. */
const SMALL = 28;

export type Grabbed = { node: DrawnNode; does: 'turn' } | { node: DrawnNode; does: 'resize'; handle: Handle };

/** The node that has handles: the one that is selected, or the one shape that is selected with a picture. */
export function handledNode({ standIn: { document } }: Desk): DrawnNode | undefined {
  const selected = nodesOf(document, document.selection());
  if (selected.length === 1) return selected[0];
  const shapes = selected.filter(isShape);
  return shapes.length === 1 && selected.length === 2 && selected.some(isPicture) ? shapes[0] : undefined;
}

/** @param screen CSS pixels of the canvas */
export function grab(desk: Desk, screen: Point): Grabbed | undefined {
  const node = handledNode(desk);
  if (!node || node.locked) return undefined;
  const viewport = desk.standIn.document.viewport();
  const toOwn = invertOrFlatten(multiply(viewTransform(viewport), node.absoluteTransform));
  const { x, y } = place(toOwn, screen);
  const [across, down] = [node.width * viewport.zoom, node.height * viewport.zoom];
  const at = { x: x * viewport.zoom, y: y * viewport.zoom };
  if (Math.hypot(at.x - across / 2, at.y + KNOB_AWAY) <= KNOB_REACH) return { node, does: 'turn' };

  const near = (value: number, length: number, reach: number): 0 | 1 | undefined =>
    Math.abs(value) <= reach ? 0 : Math.abs(value - length) <= reach ? 1 : undefined;
  const [cornerX, cornerY] = [near(at.x, across, CORNER_REACH), near(at.y, down, CORNER_REACH)];
  if (cornerX !== undefined && cornerY !== undefined) {
    return { node, does: 'resize', handle: { x: cornerX, y: cornerY } };
  }
  const [edgeX, edgeY] = [near(at.x, across, EDGE_REACH), near(at.y, down, EDGE_REACH)];
  if (edgeX !== undefined && at.y > 0 && at.y < down && down >= SMALL) {
    return { node, does: 'resize', handle: { x: edgeX, y: 0.5 } };
  }
  if (edgeY !== undefined && at.x > 0 && at.x < across && across >= SMALL) {
    return { node, does: 'resize', handle: { x: 0.5, y: edgeY } };
  }
  const isOutside = at.x < 0 || at.y < 0 || at.x > across || at.y > down;
  const [turnX, turnY] = [near(at.x, across, TURN_REACH), near(at.y, down, TURN_REACH)];
  return isOutside && turnX !== undefined && turnY !== undefined ? { node, does: 'turn' } : undefined;
}

export function cursorOf(grabbed: Grabbed): string {
  if (grabbed.does === 'turn') return 'grab';
  const { x, y } = grabbed.handle;
  const direction = (Math.atan2(y - 0.5, x - 0.5) * 180) / Math.PI - turnOf(grabbed.node.absoluteTransform);
  const eighth = Math.round((((direction % 180) + 180) % 180) / 45) % 4;
  return ['ew-resize', 'nwse-resize', 'ns-resize', 'nesw-resize'][eighth] ?? 'default';
}
