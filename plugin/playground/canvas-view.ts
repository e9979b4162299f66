/** The two canvases: the drawing below, outlines and handles above. Drawn again at most once a frame, after changes. */
import { multiply, scaling } from '../affine.js';
import { resizeView, viewTransform } from './camera.js';
import type { Desk } from './desk.js';
import { element } from './dom.js';
import { drawNodes } from './draw-node.js';
import { drawOverlay } from './draw-overlay.js';
import type { Pictures } from './pictures.js';
import { say } from './texts.js';

/** CSS pixels between the backdrop's dots, at most. */
const DOT_STEP = 28;
/** CSS pixels at the foot that the hint lies over, as the panel does at the right. */
const FOOT = 72;
const LEAST_SIDE = 240;

export type CanvasView = {
  /** Takes the pointer and the keys. */
  readonly canvas: HTMLCanvasElement;
  redraw(): void;
  /** After a change of the window, or of what the panel covers. */
  fitSpace(): void;
};

/** @param coversRight CSS pixels at the right that a panel lies over: what is looked at is the rest */
export function createCanvasView(
  space: HTMLElement,
  desk: Desk,
  { pictures, coversRight }: { pictures: Pictures; coversRight: () => number },
): CanvasView {
  const drawing = element('canvas', { class: 'drawing', attributes: { 'aria-hidden': 'true' } });
  const canvas = element('canvas', {
    class: 'overlay',
    attributes: { tabindex: 0, role: 'application', 'aria-label': say('canvas') },
  });
  space.append(drawing, canvas);
  const { standIn } = desk;
  let asked = false;

  function redraw(): void {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  }

  function draw(): void {
    const ratio = devicePixelRatio;
    const [width, height] = [space.clientWidth, space.clientHeight];
    for (const each of [drawing, canvas]) {
      const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (each.width === across && each.height === down) continue;
      [each.width, each.height] = [across, down];
    }
    const view = viewTransform(standIn.document.viewport());
    const below = drawing.getContext('2d');
    const above = canvas.getContext('2d');
    if (!below || !above) return;

    below.resetTransform();
    below.clearRect(0, 0, drawing.width, drawing.height);
    drawDots(below, multiply(scaling(ratio), view), { ratio, colour: getComputedStyle(drawing).color });
    const { document } = standIn;
    const stage = { context: below, view: multiply(scaling(ratio), view), document, pictures };
    drawNodes(stage, document.children(document.currentPage()));

    above.resetTransform();
    above.clearRect(0, 0, canvas.width, canvas.height);
    above.scale(ratio, ratio);
    drawOverlay(above, desk, getComputedStyle(canvas).color);
  }

  function fitSpace(): void {
    // what floats over the canvas keeps to the middle of what is free
    space.style.setProperty('--covered', `${coversRight()}px`);
    const size = {
      width: Math.max(LEAST_SIDE, space.clientWidth - coversRight()),
      height: Math.max(LEAST_SIDE, space.clientHeight - FOOT),
    };
    const viewport = standIn.document.viewport();
    if (size.width !== viewport.width || size.height !== viewport.height) {
      standIn.user.setViewport(resizeView(viewport, size));
    }
    redraw();
  }

  new ResizeObserver(fitSpace).observe(space);
  desk.onChange(redraw);
  return { canvas, redraw, fitSpace };
}

/** Dots that stay where they are on the page; zooming thins them out by halves. */
function drawDots(
  context: CanvasRenderingContext2D,
  view: ReturnType<typeof viewTransform>,
  { ratio, colour }: { ratio: number; colour: string },
): void {
  const zoom = view[0][0] / ratio;
  const step = DOT_STEP * 2 ** (Math.log2(zoom) - Math.ceil(Math.log2(zoom))) * ratio;
  const { width, height } = context.canvas;
  const [startX, startY] = [((view[0][2] % step) + step) % step, ((view[1][2] % step) + step) % step];
  const radius = 0.75 * ratio;
  context.fillStyle = colour;
  context.beginPath();
  for (let y = startY; y < height + step; y += step) {
    for (let x = startX; x < width + step; x += step) context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
  }
  context.fill();
}
