/**
 * The playground: a canvas like Figma's in the browser, on which the real plugin runs. The stand-in is the document and the
 * plugin's `figma`; the main bundle runs in a hidden frame, the panel in a sandboxed one.
 */
import { createStandIn } from '../stand-in/index.js';
import { createActions, fitAll } from './actions.js';
import { createAnnouncer } from './announce.js';
import { ask } from './ask.js';
import { createCanvasView } from './canvas-view.js';
import { createDesk } from './desk.js';
import { createDock } from './dock.js';
import { element, showTabIcon } from './dom.js';
import { createEmptyState } from './empty-state.js';
import { createKeptFile, keepAfterChanges, WrittenElsewhere } from './keep-file.js';
import { listenToKeys } from './keyboard.js';
import { createPanelWindow } from './panel-window.js';
import { createPictures } from './pictures.js';
import { createPlacer } from './place-pictures.js';
import { relaunchButtons, toMenuItems } from './plugin-menu.js';
import { type PluginRun, runPlugin } from './plugin-run.js';
import { listenToPointer } from './pointer-input.js';
import { renderNode } from './render-node.js';
import { presetServer, storage } from './settings.js';
import { askForText } from './text-entry.js';
import { language, say } from './texts.js';
import { followTheme } from './theme.js';
import { createToasts } from './toast.js';
import { createTopBar } from './top-bar.js';

/** What the plugin is run with when nothing in particular is asked of it. */
const OPEN = 'open';
const GENERATE = 'generate';

declare global {
  interface Window {
    /** For end-to-end tests, which need the document behind the canvas. Nothing here uses it. */
    toilePlayground?: { standIn: ReturnType<typeof createStandIn> };
  }
}

async function start(page: HTMLElement): Promise<void> {
  document.documentElement.lang = language;
  showTabIcon('shirt', '#2f7de1');
  const bar = element('div', { class: 'bar-place' });
  const space = element('main', { class: 'space' });
  // below the panel, and before it for Tab
  const floor = element('div', { class: 'floor', attributes: { 'data-drop': say('dropHere') } });
  space.append(floor);
  page.append(bar, space);
  const notify = createToasts(floor);
  const panel = createPanelWindow(space, {
    message: (message) => standIn.fromPanel(message),
    closing: () => standIn.user.closePlugin(),
  });

  const standIn = createStandIn(
    {
      showPanel: (_html, options) => {
        panel.show(options);
        showOpen();
        // the first panel takes room from what nobody has looked at yet
        if (isNew) fitAll(desk);
        isNew = false;
      },
      resizePanel: (width, height) => {
        panel.resize(width, height);
        view.fitSpace();
      },
      setPanelVisible: (visible) => {
        panel.setVisible(visible);
        showOpen();
      },
      toPanel: (message) => panel.post(message),
      notify,
      closed: (message) => {
        run?.end();
        run = undefined;
        panel.close();
        showOpen();
        if (message) notify(message);
      },
      openExternal: (url) => void window.open(url, '_blank', 'noopener'),
      render: (id, options) => renderNode(standIn.document, pictures, id, options),
      storage,
      setTimeout: (callback, ms) => window.setTimeout(callback, ms),
      clearTimeout: (id) => window.clearTimeout(id),
    },
    {
      relaunchButtons: relaunchButtons.map(({ command }) => command),
      onViolation: (text) => console.warn(`Figma would refuse this: ${text}`),
    },
  );
  window.toilePlayground = { standIn };
  const blank = standIn.save();
  let run: PluginRun | undefined;
  let isNew = true;

  const desk = createDesk(standIn);
  const pictures = createPictures(standIn.document, () => view.redraw());
  const view = createCanvasView(floor, desk, { pictures, coversRight: panel.coversRight });
  const placer = createPlacer(floor, desk, {
    refused: () => notify(say('notAPicture'), { error: true }),
    over: (isOver) => floor.classList.toggle('dropping', isOver),
  });
  const actions = createActions(desk, { choosePicture: placer.choose, newFile: () => void startAnew() });
  const topBar = createTopBar(bar, desk, {
    actions,
    pluginItems: () => toMenuItems(runCommand, { label: say('openToile'), run: openPlugin }),
    openPlugin,
    canvas: () => view.canvas,
  });
  createEmptyState(floor, desk, { describe, choosePicture: placer.choose });
  createDock(floor, desk, { relaunchButtons, run: runCommand, canvas: view.canvas });
  createAnnouncer(page, desk);
  const keys = listenToKeys(view.canvas, desk, {
    actions,
    cancelPointer: () => pointer.cancel(),
    leave: () => topBar.focus(),
    toPanel: openPlugin,
  });
  const pointer = listenToPointer(view.canvas, desk, {
    askText: (at) => askForText(floor, desk, { at, done: () => view.canvas.focus() }),
    isSpaceDown: keys.isSpaceDown,
  });
  followTheme((theme) => {
    panel.setTheme(theme);
    view.redraw();
  });

  const token = document.querySelector('meta[name="toile-token"]')?.getAttribute('content') ?? '';
  await presetServer(standIn.figma.clientStorage, { origin: location.origin, token });
  const file = createKeptFile();
  if (await loadKept()) {
    const changed = keepAfterChanges(
      file,
      () => standIn.save(),
      (thrown) => notify(say(thrown instanceof WrittenElsewhere ? 'writtenElsewhere' : 'unsaved'), { error: true }),
    );
    standIn.onEvent(({ type }) => {
      if (type === 'document' || type === 'page') changed();
    });
  }
  view.fitSpace();
  fitAll(desk);
  runCommand(OPEN);

  function runCommand(command: string): void {
    if (!standIn.open(command)) {
      standIn.run(command);
      return;
    }
    run?.end();
    // the panel's page comes from the server; Figma would hand main its text
    const globals = { figma: standIn.figma, __html__: '<!doctype html>' };
    run = runPlugin(globals, {
      loaded: () => standIn.run(command),
      missing(path) {
        standIn.user.closePlugin();
        notify(say('pluginMissing', { path }), { error: true });
      },
    });
  }

  /** With the cursor in the panel's field for words. */
  function describe(): void {
    runCommand(GENERATE);
    panel.focus();
  }

  function openPlugin(): void {
    if (!standIn.running) runCommand(OPEN);
    else panel.focus();
  }

  function showOpen(): void {
    topBar.setPanelOpen(panel.isOpen());
    view.fitSpace();
  }

  /** @returns whether this canvas may be kept in the place of the one that was */
  async function loadKept(): Promise<boolean> {
    try {
      const kept = await file.read();
      if (kept !== undefined) standIn.load(kept);
      return true;
    } catch (thrown) {
      console.error('the kept canvas could not be read', thrown);
      const isAside = await file.putAside().then(
        () => true,
        () => false,
      );
      notify(say(isAside ? 'unreadable' : 'unsaved'), { error: true });
      return isAside;
    }
  }

  async function startAnew(): Promise<void> {
    if (!(await ask(say('newFileAsk'), { yes: say('newFile'), no: say('keep') }))) return;
    // another file is another run, as in Figma
    if (standIn.running) standIn.user.closePlugin();
    standIn.load(blank);
    isNew = true;
    runCommand(OPEN);
  }
}

const page = document.querySelector<HTMLElement>('#playground');
if (page) void start(page);
