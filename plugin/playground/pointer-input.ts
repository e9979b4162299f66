/** The pointer on the canvas: which gesture a press starts, and wheel and trackpad. */
import type { Point } from '../affine.js';
import { contains, hit, pick } from './scene.js';
import { panBy, zoomAbout } from './camera.js';
import type { Desk } from './desk.js';
import { frameNames } from './draw-overlay.js';
import { type Gesture, idle, type Pointed } from './gesture.js';
import { startMove, startResize, startTurn } from './gestures-change.js';
import { startLasso, startShape } from './gestures-draw.js';
import { startMarquee, startPan } from './gestures-select.js';
import { cursorOf, grab } from './handles.js';
import { isPicture, isShape, nodesOf } from './scene.js';

const WHEEL_ZOOM = 0.01;
/** A notch of a mouse's wheel is many times what a trackpad's fingers give. */
const MOST_WHEEL = 60;
const WHEEL_LINE = 16;

export type PointerInput = {
  /** Ends what the pointer does right now; false where it does nothing. */
  cancel(): boolean;
};

export function listenToPointer(
  canvas: HTMLCanvasElement,
  desk: Desk,
  { askText, isSpaceDown }: { askText: (at: Point) => void; isSpaceDown: () => boolean },
): PointerInput {
  const { standIn } = desk;
  let gesture: Gesture | undefined;

  canvas.addEventListener('pointerdown', (event) => {
    if (gesture || event.button > 1) return;
    // a middle button would scroll by itself
    if (event.button === 1) event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    gesture = press(event, toPointed(event));
    showCursor(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    const pointed = toPointed(event);
    if (gesture) gesture.drag(pointed);
    else if (desk.tool === 'move') desk.setHovered(targetAt(pointed, event.ctrlKey || event.metaKey)?.id);
    showCursor(event);
  });
  canvas.addEventListener('pointerup', (event) => {
    gesture?.drop(toPointed(event));
    gesture = undefined;
    showCursor(event);
  });
  canvas.addEventListener('pointercancel', () => {
    gesture?.cancel();
    gesture = undefined;
  });
  canvas.addEventListener('pointerleave', () => desk.setHovered(undefined));
  canvas.addEventListener('dblclick', (event) => goDeeper(toPointed(event)));
  canvas.addEventListener('wheel', onWheel, { passive: false });
  desk.onChange(() => {
    if (!gesture) canvas.style.cursor = restingCursor();
  });

  return {
    cancel() {
      const was = gesture !== undefined;
      gesture?.cancel();
      gesture = undefined;
      return was;
    },
  };

  function press(event: PointerEvent, from: Pointed): Gesture {
    if (event.button === 1 || desk.tool === 'hand' || isSpaceDown()) return startPan(desk, from);
    if (desk.tool === 'lasso') return startLasso(desk, from);
    if (desk.tool === 'text') return { ...idle, drop: () => askText(from.page) };
    if (desk.tool !== 'move') return startShape(desk, desk.tool, from);
    const grabbed = grab(desk, from.screen);
    if (grabbed?.does === 'resize') return startResize(desk, grabbed.node.id, grabbed.handle);
    if (grabbed) return startTurn(desk, grabbed.node.id, from);
    return pressNode(from, event.ctrlKey || event.metaKey);
  }

  function pressNode(from: Pointed, deep: boolean): Gesture {
    const { document, user } = standIn;
    const target = targetAt(from, deep);
    if (!target) return startMarquee(desk, from);
    const before = document.selection();
    const isSelected = before.includes(target.id);
    if (from.shift) user.select(isSelected ? before.filter((id) => id !== target.id) : [...before, target.id]);
    else if (!isSelected) user.select([target.id]);
    return startMove(desk, movedWith(target.id), from, () => {
      if (isSelected && !from.shift) user.select([target.id]);
    });
  }

  /** A shape that was selected together with its picture is moved over it, not with it. */
  function movedWith(id: string): readonly string[] {
    const selected = nodesOf(standIn.document, standIn.document.selection());
    const shapes = selected.filter(isShape);
    const areOverPicture = shapes.some((shape) => shape.id === id) && selected.some(isPicture);
    return (areOverPicture ? shapes : selected).map((node) => node.id);
  }

  function targetAt({ page, screen }: Pointed, deep: boolean): { id: string } | undefined {
    const { document } = standIn;
    const chain = hit(document, page);
    const selected = document.selection();
    // what was reached by a double click stays in hand
    const already = chain.findLast(({ id }) => selected.includes(id));
    if (already && !deep) return already;
    // a selected shape is moved by its inside, even where it has no fill
    const hollow = nodesOf(document, selected).find((node) => isShape(node) && contains(node, page));
    return pick(chain, deep) ?? hollow ?? frameNames(desk).find(({ box }) => isIn(box, screen) && desk.tool === 'move');
  }

  function goDeeper({ page }: Pointed): void {
    if (desk.tool !== 'move') return;
    const { document, user } = standIn;
    const chain = hit(document, page);
    const at = chain.findLastIndex(({ id }) => document.selection().includes(id));
    const deeper = chain[at + 1];
    if (at >= 0 && deeper) user.select([deeper.id]);
  }

  function onWheel(event: WheelEvent): void {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE : 1;
    const viewport = standIn.document.viewport();
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (event.ctrlKey || event.metaKey) {
      const turned = Math.max(-MOST_WHEEL, Math.min(MOST_WHEEL, dy));
      const { screen } = toPointed(event);
      standIn.user.setViewport(zoomAbout(viewport, screen, Math.exp(-turned * WHEEL_ZOOM)));
    } else if (event.shiftKey && dx === 0) standIn.user.setViewport(panBy(viewport, -dy, 0));
    else standIn.user.setViewport(panBy(viewport, -dx, -dy));
  }

  function showCursor(event: PointerEvent): void {
    const grabbed = desk.tool === 'move' && !gesture ? grab(desk, toPointed(event).screen) : undefined;
    if (gesture && (desk.tool === 'hand' || isSpaceDown())) canvas.style.cursor = 'grabbing';
    else if (grabbed) canvas.style.cursor = cursorOf(grabbed);
    else if (!gesture) canvas.style.cursor = restingCursor();
  }

  function restingCursor(): string {
    if (desk.tool === 'hand' || isSpaceDown()) return 'grab';
    return desk.tool === 'move' ? 'default' : desk.tool === 'text' ? 'text' : 'crosshair';
  }

  function toPointed(event: MouseEvent): Pointed {
    const screen = { x: event.offsetX, y: event.offsetY };
    return { screen, page: desk.toPage(screen), shift: event.shiftKey, alt: event.altKey };
  }
}

function isIn(box: { x: number; y: number; width: number; height: number }, { x, y }: Point): boolean {
  return x >= box.x && y >= box.y && x <= box.x + box.width && y <= box.y + box.height;
}
