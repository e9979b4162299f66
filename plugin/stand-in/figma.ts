/** The object that plugins know as `figma`. */
import { decodeBase64, encodeBase64 } from './base64.js';
import { makeClientStorage } from './client-storage.js';
import type { NodeKind } from './contract.js';
import { invalid, limits } from './limits.js';
import { loud } from './loud.js';
import type { FigmaSurface } from './figma-surface.js';
import { ROOT } from './node-store.js';
import { makePanel, showPanel, type PanelSurface } from './panel.js';
import { wrap } from './placing.js';
import { refuse, tellOfRun, type PluginEvents, type Session } from './session.js';
import { attach, isInInstance } from './tree.js';
import { makeViewport } from './viewport.js';

const events: readonly (keyof PluginEvents)[] = [
  'run',
  'selectionchange',
  'currentpagechange',
  'close',
  'documentchange',
];

export function makeFigma(session: Session, close: (message?: string) => void): { figma: PluginAPI; ui: PanelSurface } {
  const ui = makePanel(session);
  const { model, handles, host, inputs } = session;
  const { nodes } = model;
  const create = <Node extends SceneNode>(type: NodeKind): Node => {
    const { id } = nodes.create(type);
    attach(nodes, id, model.page, nodes.get(model.page).children.length);
    return handles.give<Node>(id);
  };
  const combine = (operation: BooleanOperationNode['booleanOperation'], use: string): PluginAPI['union'] => {
    return (shapes, parent, index) => {
      const ids = idsOf(session, shapes, use);
      const first = nodes.get((operation === 'SUBTRACT' ? ids[0] : ids.at(-1)) ?? '');
      const { fills, strokes, strokeWeight } = { ...first.properties };
      const into = { type: 'BOOLEAN_OPERATION', parent: handles.idOf(parent, use), index } as const;
      const id = wrap(nodes, ids, { ...into, start: { name: nameOf(operation) } });
      nodes.setProperties(id, { booleanOperation: operation, ...(fills && { fills, strokes, strokeWeight }) });
      return handles.give<BooleanOperationNode>(id);
    };
  };
  const surface = {
    apiVersion: '1.0.0',
    editorType: 'figma',
    mode: 'default',
    get command() {
      return session.command;
    },
    mixed: handles.mixed,
    get skipInvisibleInstanceChildren() {
      return session.settings.skipInvisibleInstanceChildren;
    },
    set skipInvisibleInstanceChildren(skip) {
      session.settings.skipInvisibleInstanceChildren = skip;
    },
    get root() {
      return handles.give<DocumentNode>(ROOT);
    },
    get currentPage() {
      return handles.give<PageNode>(model.page);
    },
    set currentPage(_) {
      forbidden(session, 'set_currentPage', 'figma.setCurrentPageAsync');
    },
    setCurrentPageAsync: async (page) => {
      const id = handles.idOf(page, 'setCurrentPageAsync');
      session.loadedPages.add(id);
      model.setPage(id);
    },
    loadAllPagesAsync: async () => {
      for (const page of nodes.get(ROOT).children) session.loadedPages.add(page);
    },
    getNodeByIdAsync: async (id) => (nodes.has(id) && !isSkipped(session, id) ? handles.give<BaseNode>(id) : null),
    getNodeById: () => forbidden(session, 'getNodeById', 'figma.getNodeByIdAsync'),
    createRectangle: () => create('RECTANGLE'),
    createEllipse: () => create('ELLIPSE'),
    createPolygon: () => create('POLYGON'),
    createStar: () => create('STAR'),
    createLine: () => create('LINE'),
    createVector: () => create('VECTOR'),
    createText: () => create('TEXT'),
    createSection: () => create('SECTION'),
    createFrame: () => create('FRAME'),
    createComponent: () => create('COMPONENT'),
    createPage: () => {
      const { children } = nodes.get(ROOT);
      const { id } = nodes.create('PAGE', { name: `Page ${children.length + 1}` });
      attach(nodes, id, ROOT, children.length);
      session.loadedPages.add(id);
      return handles.give<PageNode>(id);
    },
    group: (grouped, parent, index) => {
      const into = { type: 'GROUP', parent: handles.idOf(parent, 'group'), index } as const;
      return handles.give<GroupNode>(wrap(nodes, idsOf(session, grouped, 'group'), into));
    },
    union: combine('UNION', 'union'),
    subtract: combine('SUBTRACT', 'subtract'),
    intersect: combine('INTERSECT', 'intersect'),
    exclude: combine('EXCLUDE', 'exclude'),
    createImage: (data) => {
      if (!(data instanceof Uint8Array)) throw invalid('createImage', 'Expected Uint8Array');
      return imageOf(session, model.images.add(data));
    },
    getImageByHash: (hash) => (model.images.get(hash) ? imageOf(session, hash) : null),
    clientStorage: loud(session, 'figma.clientStorage', makeClientStorage(host.storage)),
    viewport: loud(session, 'figma.viewport', makeViewport(session)),
    notify: (message, options) => {
      if (message.length > limits.notification)
        session.report(`figma.notify: "${message}" has ${message.length} characters, and Figma cuts it after 100`);
      host.notify(message.slice(0, limits.notification), { error: options?.error ?? false });
      return { cancel: () => undefined };
    },
    showUI: (html, options) => showPanel(session, html, options),
    ui: loud(session, 'figma.ui', ui),
    parameters: {
      on: (_, callback) => inputs.on('input', callback),
      once: (_, callback) => inputs.on('input', callback, true),
      off: (_, callback) => inputs.off('input', callback),
    },
    on: (type: string, callback: (...values: never[]) => unknown) => listen(session, { type, callback, once: false }),
    once: (type: string, callback: (...values: never[]) => unknown) => listen(session, { type, callback, once: true }),
    off: (type: string, callback: (...values: never[]) => unknown) =>
      session.events.off(eventOf(session, type), callback),
    commitUndo: () => model.history.commit(),
    triggerUndo: () => void model.history.undo(),
    closePlugin: (message) => close(message),
    openExternal: (url) => host.openExternal(url),
    base64Encode: encodeBase64,
    base64Decode: decodeBase64,
    loadFontAsync: async ({ family, style = 'Regular' }) => {
      session.loadedFonts.add(`${family} ${style}`);
    },
  } satisfies FigmaSurface;
  // the one place where the part of the API that is here is handed out as the whole
  return { figma: loud(session, 'figma', surface) as unknown as PluginAPI, ui };
}

function imageOf({ model, host }: Session, hash: string): Image {
  const get = () => {
    const image = model.images.get(hash);
    if (!image) throw invalid('getBytesAsync', `Image "${hash}" could not be found`);
    return image;
  };
  return {
    hash,
    getBytesAsync: async () => get().bytes.slice(),
    getSizeAsync: async () => {
      const { width, height } = get();
      // Figma decodes the picture for it, and messages of the panel may come meanwhile
      await new Promise<void>((resolve) => host.setTimeout(resolve, 0));
      return { width, height };
    },
  };
}

function idsOf({ handles, model }: Session, nodes: ReadonlyArray<BaseNode>, use: string): string[] {
  if (nodes.length === 0) throw invalid(use, 'First argument must be an array of at least one node');
  const ids = nodes.map((node) => handles.idOf(node, use));
  if (ids.some((id) => isInInstance(model.nodes, id)))
    throw invalid(use, 'Cannot move node. It is inside of an instance');
  return ids;
}

function isSkipped({ settings, model }: Session, id: string): boolean {
  const { visible } = model.nodes.get(id);
  return settings.skipInvisibleInstanceChildren && !visible && isInInstance(model.nodes, id);
}

type Listening = { type: string; callback: (...values: never[]) => unknown; once: boolean };

function listen(session: Session, { type, callback, once }: Listening): void {
  session.events.on(eventOf(session, type), callback, once);
  if (type === 'run') session.host.setTimeout(() => tellOfRun(session), 0);
}

function eventOf(session: Session, type: string): keyof PluginEvents {
  const event = events.find((each) => each === type);
  if (!event) return refuse(session, `figma.on("${type}") is not part of the stand-in`);
  const all = session.model.nodes.get(ROOT).children;
  if (event === 'documentchange' && !all.every((page) => session.loadedPages.has(page)))
    refuse(
      session,
      'in on: Cannot register documentchange handler in incremental mode without calling figma.loadAllPagesAsync first.',
    );
  return event;
}

function forbidden(session: Session, use: string, instead: string): never {
  return refuse(session, `in ${use}: Cannot call with documentAccess: dynamic-page. Use ${instead} instead.`);
}

function nameOf(operation: string): string {
  return operation.charAt(0) + operation.slice(1).toLowerCase();
}
