/**
 * The plugin's panel as Figma shows it: a small window over the canvas, its page in a frame of null origin. The frame's
 * hash tells it of light and dark, since nothing of Figma's style reaches into it here.
 */
import type { Point } from '../affine.js';
import type { PanelOptions } from '../stand-in/host.js';
import { element, icon } from './dom.js';
import { say } from './texts.js';
import type { Theme } from './theme.js';

const PAGE = '/plugin/ui.html';
const KEY_STEP = 24;
/** Room kept between the window and the page's edges, the top bar included, in CSS pixels. */
const EDGE = 16;
const TITLE_BAR = 40;

export function createPanelWindow(
  space: HTMLElement,
  told: { message: (message: unknown) => void; closing: () => void },
) {
  const title = element('span', { class: 'panel-title' });
  const grip = element('button', {
    class: 'panel-grip',
    attributes: { type: 'button', 'aria-label': say('movePanel') },
    on: { keydown: moveByKey, pointerdown: moveByPointer },
  });
  grip.append(icon('shirt'), title);
  const close = element('button', {
    class: 'icon-button',
    attributes: { type: 'button', 'aria-label': say('closePanel') },
    on: { click: () => told.closing() },
  });
  close.append(icon('close'));
  const body = element('div', { class: 'panel-body' });
  const shown = element(
    'section',
    { class: 'panel', attributes: { 'aria-label': say('panel') } },
    element('div', { class: 'panel-bar' }, grip, close),
    body,
  );
  shown.hidden = true;
  space.append(shown);

  let frame: HTMLIFrameElement | undefined;
  let waiting: unknown[] | undefined;
  let theme: Theme = 'light';
  let wanted = { width: 320, height: 560 };
  /** Of the top left corner, once the designer has moved it. */
  let moved: Point | undefined;

  addEventListener('message', (event: MessageEvent<unknown>) => {
    if (frame === undefined || event.source !== frame.contentWindow) return;
    const { data } = event;
    if (typeof data === 'object' && data !== null && 'pluginMessage' in data) told.message(data.pluginMessage);
  });
  addEventListener('resize', () => lay());

  return {
    show(options: PanelOptions): void {
      wanted = options;
      title.textContent = options.title ?? 'Toile';
      body.replaceChildren();
      // what Figma does: messages wait for the panel's page
      waiting = [];
      frame = element('iframe', {
        attributes: { sandbox: 'allow-scripts', title: say('panel'), src: `${PAGE}#theme=${theme}` },
      });
      const first = theme;
      frame.addEventListener('load', () => {
        for (const message of waiting ?? []) send(message);
        waiting = undefined;
        // a page that is on its way would lose a change of its address
        if (theme !== first) showTheme();
      });
      body.append(frame);
      shown.hidden = !options.visible;
      lay();
    },
    resize(width: number, height: number): void {
      wanted = { width, height };
      lay();
    },
    setVisible(visible: boolean): void {
      shown.hidden = !visible;
    },
    post(message: unknown): void {
      if (waiting) waiting.push(message);
      else send(message);
    },
    close(): void {
      frame?.remove();
      frame = undefined;
      shown.hidden = true;
    },
    focus: () => frame?.focus(),
    isOpen: () => frame !== undefined,
    /** CSS pixels of the canvas that the window takes at the right, while it stands there. */
    coversRight: () => (shown.hidden || moved ? 0 : shown.offsetWidth + EDGE),
    setTheme(next: Theme): void {
      theme = next;
      if (!waiting) showTheme();
    },
  };

  function showTheme(): void {
    const page = new URL(`${PAGE}#theme=${theme}`, location.href);
    // a changed hash loads nothing anew
    frame?.contentWindow?.location.replace(page);
  }

  function send(message: unknown): void {
    frame?.contentWindow?.postMessage({ pluginMessage: message, pluginId: 'toile' }, '*');
  }

  function lay(): void {
    const room = { width: space.clientWidth - 2 * EDGE, height: space.clientHeight - 2 * EDGE };
    const width = Math.min(wanted.width, room.width);
    const height = Math.min(wanted.height + TITLE_BAR, room.height);
    const left = moved ? moved.x : space.clientWidth - EDGE - width;
    const top = moved ? moved.y : EDGE;
    shown.style.width = `${width}px`;
    shown.style.height = `${height}px`;
    shown.style.left = `${Math.max(EDGE, Math.min(left, space.clientWidth - EDGE - width))}px`;
    shown.style.top = `${Math.max(EDGE, Math.min(top, space.clientHeight - EDGE - height))}px`;
  }

  function moveByKey(event: KeyboardEvent): void {
    const steps: Record<string, Point> = {
      ArrowLeft: { x: -KEY_STEP, y: 0 },
      ArrowRight: { x: KEY_STEP, y: 0 },
      ArrowUp: { x: 0, y: -KEY_STEP },
      ArrowDown: { x: 0, y: KEY_STEP },
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    moved = { x: shown.offsetLeft + step.x, y: shown.offsetTop + step.y };
    lay();
  }

  function moveByPointer(event: PointerEvent): void {
    if (event.button !== 0) return;
    const from = { x: event.clientX - shown.offsetLeft, y: event.clientY - shown.offsetTop };
    grip.setPointerCapture(event.pointerId);
    // the frame would swallow the pointer
    shown.classList.add('moving');
    const move = ({ clientX, clientY }: PointerEvent) => {
      moved = { x: clientX - from.x, y: clientY - from.y };
      lay();
    };
    grip.addEventListener('pointermove', move);
    grip.addEventListener(
      'lostpointercapture',
      () => {
        grip.removeEventListener('pointermove', move);
        shown.classList.remove('moving');
      },
      { once: true },
    );
  }
}
