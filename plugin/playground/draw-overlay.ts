/** What lies over the drawing and is no part of it: outlines, handles, sizes, frames' names, and what is being drawn. */
import {
  type Box,
  boxAround,
  cornersOf,
  multiply,
  place,
  type Point,
  shift,
  toMatrix,
  type Transform,
} from '../affine.js';
import type { DrawnNode } from '../stand-in/index.js';
import { viewTransform } from './camera.js';
import type { Desk } from './desk.js';
import { outlinesOf } from './draw-node.js';
import { handledNode, KNOB_AWAY } from './handles.js';
import { isPicture, nodesOf, topLevel } from './scene.js';

const BLUE = '#0d99ff';
const FONT = '500 11px Inter, system-ui, "Segoe UI", Roboto, "PingFang SC", "Noto Sans SC", sans-serif';
const HANDLE_SIDE = 8;

/** The context's units are CSS pixels of the canvas. */
export function drawOverlay(context: CanvasRenderingContext2D, desk: Desk, quiet: string): void {
  const { document } = desk.standIn;
  const view = viewTransform(document.viewport());
  context.font = FONT;
  context.lineJoin = 'round';
  const selected = nodesOf(document, document.selection());
  drawFrameNames(context, desk, quiet);

  const hovered = desk.hovered === undefined ? undefined : document.node(desk.hovered);
  if (hovered && !document.selection().includes(hovered.id)) outline(context, view, hovered, 1.5, true);
  for (const node of selected) outline(context, view, node, isPicture(node) ? 1.5 : 1, false);

  const handled = handledNode(desk);
  if (handled && !handled.locked && !desk.draft) drawHandles(context, view, handled);
  if (selected.length > 0 && !desk.draft) drawSize(context, view, handled ? [handled] : selected);
  if (desk.draft) drawDraft(context, desk, view);
}

/** Boxes of the names above the page's frames, which select them; CSS pixels of the canvas. */
export function frameNames({ standIn: { document } }: Desk): { id: string; name: string; at: Point; box: Box }[] {
  const view = viewTransform(document.viewport());
  return topLevel(document)
    .filter(({ type, visible }) => visible && (type === 'FRAME' || type === 'COMPONENT'))
    .map(({ id, name, absoluteTransform, width }) => {
      const at = place(view, place(absoluteTransform, { x: 0, y: 0 }));
      const wide = Math.max(24, Math.min(240, width * document.viewport().zoom));
      return { id, name, at, box: { x: at.x, y: at.y - 20, width: wide, height: 18 } };
    });
}

function drawFrameNames(context: CanvasRenderingContext2D, desk: Desk, quiet: string): void {
  const selected = desk.standIn.document.selection();
  context.textBaseline = 'alphabetic';
  context.textAlign = 'left';
  for (const { id, name, at, box } of frameNames(desk)) {
    context.fillStyle = selected.includes(id) || desk.hovered === id ? BLUE : quiet;
    context.fillText(shorten(context, name, box.width), at.x, at.y - 6);
  }
}

function outline(
  context: CanvasRenderingContext2D,
  view: Transform,
  node: DrawnNode,
  width: number,
  ownShape: boolean,
): void {
  context.strokeStyle = BLUE;
  context.lineWidth = width;
  const outlines = ownShape ? outlinesOf(node) : [];
  if (outlines.length > 0) {
    for (const { path } of outlines) {
      const placed = new Path2D();
      placed.addPath(path, new DOMMatrix(toMatrix(multiply(view, node.absoluteTransform))));
      context.stroke(placed);
    }
    return;
  }
  trace(context, cornersOf(multiply(view, node.absoluteTransform), node.width, node.height));
  context.stroke();
}

function drawHandles(context: CanvasRenderingContext2D, view: Transform, node: DrawnNode): void {
  const placed = multiply(view, node.absoluteTransform);
  const corners = cornersOf(placed, node.width, node.height);
  const top = place(placed, { x: node.width / 2, y: 0 });
  const bottom = place(placed, { x: node.width / 2, y: node.height });
  const tall = Math.hypot(top.x - bottom.x, top.y - bottom.y) || 1;
  const knob = {
    x: top.x + ((top.x - bottom.x) / tall) * KNOB_AWAY,
    y: top.y + ((top.y - bottom.y) / tall) * KNOB_AWAY,
  };
  context.strokeStyle = BLUE;
  context.fillStyle = '#fff';
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(top.x, top.y);
  context.lineTo(knob.x, knob.y);
  context.stroke();
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(knob.x, knob.y, 4.5, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
  const angle = Math.atan2(placed[1][0], placed[0][0]);
  for (const { x, y } of corners) {
    context.save();
    context.translate(x, y);
    context.rotate(angle);
    context.beginPath();
    context.roundRect(-HANDLE_SIDE / 2, -HANDLE_SIDE / 2, HANDLE_SIDE, HANDLE_SIDE, 1.5);
    context.fill();
    context.stroke();
    context.restore();
  }
}

type Placed = Pick<DrawnNode, 'absoluteTransform' | 'width' | 'height'>;

function drawSize(context: CanvasRenderingContext2D, view: Transform, nodes: readonly Placed[]): void {
  const corners = nodes.flatMap((node) => cornersOf(multiply(view, node.absoluteTransform), node.width, node.height));
  const box = boxAround(corners);
  const zoom = view[0][0];
  const [only] = nodes;
  const size = nodes.length === 1 && only ? only : { width: box.width / zoom, height: box.height / zoom };
  const text = `${tidy(size.width)} × ${tidy(size.height)}`;
  const width = context.measureText(text).width + 12;
  const [x, y] = [box.x + box.width / 2, box.y + box.height + 10];
  context.fillStyle = '#0768cf';
  context.beginPath();
  context.roundRect(x - width / 2, y, width, 18, 4);
  context.fill();
  context.fillStyle = '#fff';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, x, y + 9.5);
}

function drawDraft(context: CanvasRenderingContext2D, desk: Desk, view: Transform): void {
  const { draft } = desk;
  if (!draft) return;
  context.strokeStyle = BLUE;
  context.fillStyle = 'rgb(13 153 255 / 0.14)';
  context.lineWidth = draft.as === 'marquee' ? 1 : 1.5;
  context.beginPath();
  if (draft.as === 'lasso') {
    for (const point of draft.points) {
      const { x, y } = place(view, point);
      context.lineTo(x, y);
    }
  } else {
    const start = place(view, draft.box);
    const [width, height] = [draft.box.width * view[0][0], draft.box.height * view[1][1]];
    if (draft.as === 'ellipse') {
      context.ellipse(start.x + width / 2, start.y + height / 2, width / 2, height / 2, 0, 0, 2 * Math.PI);
    } else context.rect(start.x, start.y, width, height);
  }
  context.fill();
  context.stroke();
  if (draft.as === 'marquee' || draft.as === 'lasso') return;
  const { x, y, width, height } = draft.box;
  drawSize(context, view, [{ absoluteTransform: shift(x, y), width, height }]);
}

function trace(context: CanvasRenderingContext2D, points: readonly Point[]): void {
  context.beginPath();
  for (const { x, y } of points) context.lineTo(x, y);
  context.closePath();
}

function tidy(length: number): string {
  return String(Math.round(length * 10) / 10);
}

function shorten(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return `${text.slice(0, length)}…`;
}
