/** What the tools, the drawing and the bars share: the stand-in, the tool in hand, and what is being drawn right now. */
import { type Box, invert, place, type Point } from '../affine.js';
import type { StandIn } from '../stand-in/index.js';
import { viewTransform } from './camera.js';

export type Tool = 'move' | 'hand' | 'frame' | 'rectangle' | 'ellipse' | 'lasso' | 'text';

/** Seen while the pointer is down or hovers; no part of the document. Coordinates of the page. */
export type Draft =
  | { as: 'marquee'; box: Box }
  | { as: 'frame' | 'rectangle' | 'ellipse'; box: Box }
  | { as: 'lasso'; points: readonly Point[] };

export type Desk = {
  readonly standIn: StandIn;
  readonly tool: Tool;
  readonly draft: Draft | undefined;
  readonly hovered: string | undefined;
  setTool(tool: Tool): void;
  setDraft(draft: Draft | undefined): void;
  setHovered(id: string | undefined): void;
  /** Calls after every change of the document, the selection, the viewport, the tool or the draft. */
  onChange(listener: () => void): void;
  /** From CSS pixels of the canvas to the page. */
  toPage(at: Point): Point;
};

export function createDesk(standIn: StandIn): Desk {
  const listeners: (() => void)[] = [];
  const changed = () => listeners.forEach((listener) => listener());
  standIn.onEvent(changed);
  const state: { tool: Tool; draft: Draft | undefined; hovered: string | undefined } = {
    tool: 'move',
    draft: undefined,
    hovered: undefined,
  };
  return {
    standIn,
    get tool() {
      return state.tool;
    },
    get draft() {
      return state.draft;
    },
    get hovered() {
      return state.hovered;
    },
    setTool(tool) {
      state.tool = tool;
      changed();
    },
    setDraft(draft) {
      state.draft = draft;
      changed();
    },
    setHovered(id) {
      if (id === state.hovered) return;
      state.hovered = id;
      changed();
    },
    onChange: (listener) => void listeners.push(listener),
    toPage: (at) => place(invert(viewTransform(standIn.document.viewport())), at),
  };
}
