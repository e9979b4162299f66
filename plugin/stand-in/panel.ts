/** `figma.showUI` and `figma.ui`: the panel, and messages that reach the other side as copies, later on and in order. */
import { guard } from './emitter.js';
import { invalid } from './limits.js';
import { refuse, type Session } from './session.js';
import { cloneMessage } from './structured-clone.js';

/** Pixels; Figma's own defaults. */
const WIDTH = 300;
const HEIGHT = 200;
const LEAST_WIDTH = 70;

export type PanelSurface = Pick<
  UIAPI,
  'show' | 'hide' | 'resize' | 'close' | 'postMessage' | 'onmessage' | 'on' | 'once' | 'off'
>;

export function makePanel(session: Session): PanelSurface {
  const { host, messages } = session;
  const shown = (use: string) => {
    if (!session.hasPanel) throw invalid(use, 'No UI to control: call figma.showUI first');
  };
  return {
    onmessage: undefined,
    show: () => {
      shown('show');
      host.setPanelVisible(true);
    },
    hide: () => {
      shown('hide');
      host.setPanelVisible(false);
    },
    resize: (width, height) => {
      shown('resize');
      host.resizePanel(Math.max(LEAST_WIDTH, width), Math.max(0, height));
    },
    close: () => {
      shown('close');
      session.hasPanel = false;
      host.setPanelVisible(false);
    },
    postMessage: (message: unknown) => {
      shown('postMessage');
      const copy = copyOf(session, message);
      host.setTimeout(() => {
        if (session.state === 'running' && session.hasPanel) host.toPanel(copy);
      }, 0);
    },
    on: (_, callback) => messages.on('message', callback),
    once: (_, callback) => messages.on('message', callback, true),
    off: (_, callback) => messages.off('message', callback),
  };
}

export function showPanel(session: Session, html: string, options: ShowUIOptions = {}): void {
  const { visible = true, width = WIDTH, height = HEIGHT, title } = options;
  if (typeof html !== 'string') throw invalid('showUI', 'Expected string');
  session.hasPanel = true;
  const size = { width: Math.max(LEAST_WIDTH, width), height: Math.max(0, height) };
  session.host.showPanel(html, { ...size, visible, ...(title === undefined ? {} : { title }) });
}

/** A message of the panel's. Where nobody listens it is lost, as in Figma. */
export function hear(session: Session, ui: PanelSurface, message: unknown): void {
  const copy = cloneMessage(message);
  session.host.setTimeout(() => {
    if (session.state !== 'running' || !session.hasPanel) return;
    const properties = { origin: 'null' };
    guard(() => ui.onmessage?.(copy, properties), session.uncaught);
    session.messages.emit('message', copy, properties);
  }, 0);
}

function copyOf(session: Session, message: unknown): unknown {
  try {
    return cloneMessage(message);
  } catch (error) {
    return refuse(session, `in postMessage: ${error instanceof Error ? error.message : String(error)}`);
  }
}
