/** The keys: shortcuts on the whole page, going through layers and moving them while the canvas has the focus. */
import type { Action, ActionName } from './actions.js';
import { tools } from './actions.js';
import { panBy } from './camera.js';
import type { Desk } from './desk.js';
import { placeByKey } from './place-shape.js';
import { allNodes, isContainer, nodesOf } from './scene.js';

const PAN_STEP = 64;
const LONG_STEP = 10;

export type Keyboard = { isSpaceDown(): boolean };

export function listenToKeys(
  canvas: HTMLCanvasElement,
  desk: Desk,
  {
    actions,
    cancelPointer,
    leave,
    toPanel,
  }: {
    actions: Record<ActionName, Action>;
    cancelPointer: () => boolean;
    /** To the toolbar. */
    leave: () => void;
    /** What Enter does with a layer that nothing lies in. */
    toPanel: () => void;
  },
): Keyboard {
  const { document: file, user } = desk.standIn;
  let space = false;
  let nudging = false;

  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || isTyping(event.target)) return;
    if (onCanvas(event) || onPage(event)) event.preventDefault();
  });
  addEventListener('keyup', (event) => {
    if (event.code === 'Space') space = false;
    if (event.key.startsWith('Arrow')) endNudge();
  });
  addEventListener('blur', () => {
    space = false;
    endNudge();
  });
  return { isSpaceDown: () => space };

  function onPage(event: KeyboardEvent): boolean {
    const name = actionOf(event);
    if (name) {
      const { run, isPossible } = actions[name];
      if (isPossible?.() ?? true) run();
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
    const info = tools.find(({ key }) => key.toLowerCase() === event.key.toLowerCase());
    if (!info) return false;
    desk.setTool(info.tool);
    // so that Enter places the shape
    canvas.focus();
    return true;
  }

  function onCanvas(event: KeyboardEvent): boolean {
    if (document.activeElement !== canvas && document.activeElement !== document.body) return false;
    if (event.code === 'Space' && document.activeElement === canvas) {
      space = true;
      return true;
    }
    if (event.key === 'Escape') return escape();
    if (document.activeElement !== canvas || event.ctrlKey || event.metaKey) return false;
    if (event.key === 'Tab') return goTo(event.shiftKey ? -1 : 1);
    if (event.key === 'Enter') return enter(event.shiftKey);
    return event.key.startsWith('Arrow') && step(event.key, event.shiftKey ? LONG_STEP : 1);
  }

  function escape(): boolean {
    if (cancelPointer()) return true;
    if (desk.tool !== 'move') desk.setTool('move');
    else if (file.selection().length > 0) user.select([]);
    else leave();
    return true;
  }

  /** Past the last layer the key goes on to the next part of the page, as everywhere. */
  function goTo(direction: 1 | -1): boolean {
    const ids = allNodes(file).map(({ id }) => id);
    const at = ids.findIndex((id) => file.selection().includes(id));
    const next = at < 0 ? (direction > 0 ? ids[0] : ids.at(-1)) : at + direction < 0 ? undefined : ids[at + direction];
    if (next !== undefined) user.select([next]);
    return next !== undefined;
  }

  function enter(outwards: boolean): boolean {
    if (desk.tool !== 'move' && desk.tool !== 'hand') {
      placeByKey(desk);
      return true;
    }
    const selected = nodesOf(file, file.selection());
    const next = outwards
      ? selected.flatMap(({ parent }) => (parent !== null && parent !== file.currentPage() ? [parent] : []))
      : selected.filter(isContainer).flatMap(({ children }) => children);
    if (next.length > 0) user.select([...new Set(next)]);
    else if (selected.length > 0 && !outwards) toPanel();
    return selected.length > 0;
  }

  function step(key: string, by: number): boolean {
    const directions: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const [x, y] = directions[key] ?? [0, 0];
    if (file.selection().length === 0) {
      user.setViewport(panBy(file.viewport(), -x * PAN_STEP, -y * PAN_STEP));
      return true;
    }
    // held down, it is one step to undo
    if (!nudging) user.beginGesture();
    nudging = true;
    user.move(file.selection(), x * by, y * by);
    return true;
  }

  function endNudge(): void {
    if (nudging) user.endGesture();
    nudging = false;
  }
}

function actionOf({ key, code, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent): ActionName | undefined {
  if (altKey) return undefined;
  const letter = key.toLowerCase();
  if (ctrlKey || metaKey) {
    if (letter === 'z') return shiftKey ? 'redo' : 'undo';
    if (letter === 'y') return 'redo';
    if (letter === 'd') return 'duplicate';
    if (letter === 'a') return 'selectAll';
    if (key === '+' || key === '=') return 'zoomIn';
    return key === '-' ? 'zoomOut' : undefined;
  }
  if (shiftKey && code === 'Digit1') return 'zoomFit';
  if (shiftKey && code === 'Digit0') return 'zoomActual';
  if (key === 'Delete' || key === 'Backspace') return 'remove';
  if (key === '+' || key === '=') return 'zoomIn';
  if (key === '-') return 'zoomOut';
  return letter === 'i' && !shiftKey ? 'image' : undefined;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.matches('input, textarea, select') || target.closest('dialog') !== null)
  );
}
