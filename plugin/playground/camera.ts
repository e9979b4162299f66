/** Where the canvas looks: from the page's coordinates to CSS pixels of the canvas, and how looking elsewhere goes. */
import type { Box, Point, Transform } from '../affine.js';
import type { Viewport } from '../stand-in/index.js';
import { centreOf } from './plane.js';

const NEAREST = 64;
const FARTHEST = 0.02;
/** Share of the view that a fitted box leaves free. */
const MARGIN = 0.16;
const CLOSEST_FIT = 1;

export function viewTransform({ x, y, zoom, width, height }: Viewport): Transform {
  return [
    [zoom, 0, width / 2 - x * zoom],
    [0, zoom, height / 2 - y * zoom],
  ];
}

export function panBy({ x, y, zoom }: Viewport, dx: number, dy: number): Partial<Viewport> {
  return { x: x - dx / zoom, y: y - dy / zoom };
}

/** Zooms so that what lies under `at`, in CSS pixels of the canvas, stays there. */
export function zoomAbout({ x, y, zoom, width, height }: Viewport, at: Point, factor: number): Partial<Viewport> {
  const next = Math.min(NEAREST, Math.max(FARTHEST, zoom * factor));
  const shift = 1 / zoom - 1 / next;
  return { zoom: next, x: x + (at.x - width / 2) * shift, y: y + (at.y - height / 2) * shift };
}

export function fit(viewport: Viewport, box: Box): Partial<Viewport> {
  const room = 1 - MARGIN;
  const across = (viewport.width * room) / Math.max(1, box.width);
  const down = (viewport.height * room) / Math.max(1, box.height);
  return { ...centreOf(box), zoom: Math.max(FARTHEST, Math.min(CLOSEST_FIT, across, down)) };
}

/** Another size of the canvas, with everything on it staying where it is. */
export function resizeView({ x, y, zoom, width, height }: Viewport, size: { width: number; height: number }) {
  return { ...size, x: x + (size.width - width) / (2 * zoom), y: y + (size.height - height) / (2 * zoom) };
}
