/** Everything that a key or a menu does, as data: the bars and the keyboard read the same list. */
import { fit, zoomAbout } from './camera.js';
import type { Desk, Tool } from './desk.js';
import type { IconName } from './dom.js';
import { boxOf, topLevel } from './scene.js';
import { say, type TextKey } from './texts.js';

export type ToolInfo = { tool: Tool; key: string; icon: IconName };

export const tools: readonly ToolInfo[] = [
  { tool: 'move', key: 'V', icon: 'move' },
  { tool: 'hand', key: 'H', icon: 'hand' },
  { tool: 'frame', key: 'F', icon: 'frame' },
  { tool: 'rectangle', key: 'R', icon: 'rectangle' },
  { tool: 'ellipse', key: 'O', icon: 'ellipse' },
  { tool: 'lasso', key: 'P', icon: 'lasso' },
  { tool: 'text', key: 'T', icon: 'text' },
];

export type Action = {
  name: TextKey;
  /** As they are shown; `Mod` is Command on a Mac, Control elsewhere. */
  keys?: string;
  icon?: IconName;
  run: () => void;
  isPossible?: () => boolean;
};

export type ActionName =
  | 'undo'
  | 'redo'
  | 'duplicate'
  | 'remove'
  | 'selectAll'
  | 'image'
  | 'newFile'
  | 'zoomIn'
  | 'zoomOut'
  | 'zoomFit'
  | 'zoomActual';

const ZOOM_STEP = 1.5;
/** What is seen of an empty canvas: room for two rows of four results, which are 256 a side. */
const FIRST_SIGHT = { x: -548, y: -268, width: 1096, height: 676 };

export function createActions(
  desk: Desk,
  { choosePicture, newFile }: { choosePicture: () => void; newFile: () => void },
): Record<ActionName, Action> {
  const { document, user } = desk.standIn;
  const hasSelection = () => document.selection().length > 0;
  const zoom = (factor: number) => {
    const viewport = document.viewport();
    user.setViewport(zoomAbout(viewport, { x: viewport.width / 2, y: viewport.height / 2 }, factor));
  };
  return {
    undo: { name: 'undo', keys: 'Mod+Z', icon: 'undo', run: () => user.undo(), isPossible: () => document.canUndo() },
    redo: {
      name: 'redo',
      keys: 'Mod+Shift+Z',
      icon: 'redo',
      run: () => user.redo(),
      isPossible: () => document.canRedo(),
    },
    duplicate: {
      name: 'duplicate',
      keys: 'Mod+D',
      run: () => void user.duplicate(document.selection()),
      isPossible: hasSelection,
    },
    remove: {
      name: 'remove',
      keys: 'Delete',
      run: () => user.remove(document.selection()),
      isPossible: hasSelection,
    },
    selectAll: {
      name: 'selectAll',
      keys: 'Mod+A',
      run: () => user.select(topLevel(document).map(({ id }) => id)),
      isPossible: () => topLevel(document).length > 0,
    },
    image: { name: 'image', keys: 'I', icon: 'image', run: choosePicture },
    newFile: { name: 'newFile', run: newFile },
    zoomIn: { name: 'zoomIn', keys: '+', icon: 'plus', run: () => zoom(ZOOM_STEP) },
    zoomOut: { name: 'zoomOut', keys: '-', icon: 'minus', run: () => zoom(1 / ZOOM_STEP) },
    zoomFit: { name: 'zoomFit', keys: 'Shift+1', icon: 'fit', run: () => fitAll(desk) },
    zoomActual: { name: 'zoomActual', keys: 'Shift+0', run: () => user.setViewport({ zoom: 1 }) },
  };
}

export function fitAll({ standIn: { document, user } }: Desk): void {
  user.setViewport(fit(document.viewport(), boxOf(topLevel(document)) ?? FIRST_SIGHT));
}

/** `Mod+Shift+Z` as this computer's keys are called. */
export function showKeys(keys: string): string {
  const isMac = /Mac|iPad|iPhone/.test(navigator.platform);
  if (!isMac) return keys.replace('Mod', 'Ctrl');
  return keys.replace('Mod', '⌘').replace('Shift', '⇧').replaceAll('+', '') || '+';
}

/** A button's name with its keys, for its tooltip. */
export function describe({ name, keys }: Pick<Action, 'name' | 'keys'>): string {
  return keys === undefined ? say(name) : `${say(name)}  ${showKeys(keys)}`;
}
