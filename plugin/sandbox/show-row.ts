/**
 * Brings a new row before the designer's eyes: where they would miss some of it, or could not make its pictures out; and
 * takes them back where nothing comes of it.
 */
import { union, type Box } from '../affine.js';
import { overlap } from './boxes.js';
import { boxOf, pageOf } from './inspect-node.js';

/** Share of a row that has to be in view for the view to be left where it is. */
const ENOUGH = 0.9;
/** Share of the view that a row may take up where the view moves. */
const ROOM = 0.85;
/** Pixels of the screen, below which a picture is hidden by its own handles. */
const LEAST = 120;

type View = { center: Vector; zoom: number };

/** Where the designer looked before a row was shown, and from then on. */
export type Shown = { from: View; to: View };

/** @param source what the row is made from, or goes into: kept in sight where that costs the row nothing */
export function showRow(row: FrameNode, source: SceneNode | undefined): Shown {
  const from = currentView();
  moveTo(row, source);
  return { from, to: currentView() };
}

/**
 * For a row that is gone: back to where the designer looked before, unless they look elsewhere by now.
 * @param others rows that are still worked on: one that was shown from here on stays in view, and is what leads back
 */
export function leaveShown({ from, to }: Shown, others: readonly Shown[]): void {
  const next = others.find((other) => isSame(other.from, to));
  if (next) {
    next.from = from;
  } else if (isSame(currentView(), to)) {
    figma.viewport.zoom = from.zoom;
    figma.viewport.center = from.center;
  }
}

function currentView(): View {
  const { center, zoom } = figma.viewport;
  return { center: { x: center.x, y: center.y }, zoom };
}

function isSame(one: View, other: View): boolean {
  return one.zoom === other.zoom && one.center.x === other.center.x && one.center.y === other.center.y;
}

function moveTo(row: FrameNode, source: SceneNode | undefined): void {
  const box = boxOf(row);
  const picture = row.children[0];
  if (!box || !picture || pageOf(row)?.id !== figma.currentPage.id) return;
  const { zoom, bounds: view } = figma.viewport;
  const fit = ({ width, height }: Box) => ROOM * zoom * Math.min(view.width / width, view.height / height);
  const side = Math.min(picture.width, picture.height);
  // no larger than life where that is enough
  const wanted = side * zoom < LEAST ? Math.max(1, LEAST / side) : zoom;
  const alone = Math.min(wanted, fit(box));
  const isSeen = overlap(box, view) >= ENOUGH * box.width * box.height;
  if (isSeen && alone <= zoom) return;

  const both = union([box, (source && boxOf(source)) ?? box]);
  const target = fit(both) >= (alone === zoom ? zoom : LEAST / side) ? both : box;
  figma.viewport.zoom = Math.min(wanted, fit(target));
  figma.viewport.center = { x: target.x + target.width / 2, y: target.y + target.height / 2 };
}
