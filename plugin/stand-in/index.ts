/** A stand-in for the part of Figma that the plugin uses: in the playground and in tests. */
import { tellOfChanges } from './change-events.js';
import type { StandIn, StandInOptions } from './contract.js';
import { makeDesigner } from './designer.js';
import { DocumentModel } from './document-model.js';
import { makeFigma } from './figma.js';
import type { StandInHost } from './host.js';
import { NodeHandles } from './node-handles.js';
import { hear, type PanelSurface } from './panel.js';
import { suggest } from './quick-action.js';
import { loadDocument, saveDocument } from './saved-document.js';
import { makeEmitters, tellOfRun, type Session } from './session.js';
import { makeView } from './view.js';

export type * from './contract.js';
export type { PanelOptions, RenderOptions, StandInEvent, StandInHost } from './host.js';

type Run = { session: Session; figma: PluginAPI; ui: PanelSurface };

export function createStandIn(host: StandInHost, options: StandInOptions = {}): StandIn {
  const model = new DocumentModel();
  let run = begin();

  function begin(): Run {
    const handles = new NodeHandles(() => session);
    const session: Session = {
      ...makeEmitters((error) => options.onViolation?.(`Uncaught ${describe(error)}`)),
      model,
      host,
      handles,
      loadedPages: new Set([model.page]),
      loadedFonts: new Set(),
      settings: { skipInvisibleInstanceChildren: false },
      relaunchButtons: options.relaunchButtons,
      command: '',
      state: 'fresh',
      hasPanel: false,
      report: (text) => options.onViolation?.(text),
    };
    return { session, ...makeFigma(session, (message) => close(session, message)) };
  }

  function close(session: Session, message?: string): void {
    if (session.state === 'closed') return;
    session.events.emit('close');
    session.state = 'closed';
    session.hasPanel = false;
    model.history.commit();
    host.closed(message);
  }

  function open(command: string): boolean {
    const isNew = run.session.state !== 'running';
    if (run.session.state === 'closed') run = begin();
    run.session.state = 'running';
    run.session.command = command;
    return isNew;
  }

  /** Later on, and only if the plugin that was running then still is. */
  function tell(action: (session: Session) => void): void {
    const { session } = run;
    host.setTimeout(() => {
      if (session.state !== 'closed') action(session);
    }, 0);
  }

  model.listen(({ type }) => {
    if (type === 'page') {
      run.session.loadedPages.add(model.page);
      tell(({ events }) => events.emit('currentpagechange'));
    }
    if (type === 'selection') tell(({ events }) => events.emit('selectionchange'));
  });
  model.listenToChanges((changes) => tell((session) => tellOfChanges(session, changes)));

  return {
    get figma() {
      return run.figma;
    },
    get running() {
      return run.session.state === 'running';
    },
    fromPanel: (message) => hear(run.session, run.ui, message),
    onEvent: (listener) => model.listen(listener),
    open,
    run: (command, parameters) => {
      const isNew = open(command);
      run.session.pendingRun = { command, parameters };
      tell(tellOfRun);
      return isNew;
    },
    user: {
      ...makeDesigner(model),
      closePlugin: () => close(run.session),
      suggest: (input) => suggest(run.session, input),
    },
    document: makeView(model),
    save: () => saveDocument(model),
    load: (text) => loadDocument(model, text),
  };
}

/** Errors of another realm are no instances of this one's. */
function describe(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  const [name, stack] = ['name' in error ? error.name : 'Error', 'stack' in error ? error.stack : ''];
  return `${String(name)}: ${String(error.message)}\n${String(stack)}`;
}
