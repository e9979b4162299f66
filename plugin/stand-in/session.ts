/** What belongs to one run of the plugin: its listeners, the pages and fonts it has loaded, and whether it has ended. */
import type { DocumentModel } from './document-model.js';
import { Emitter } from './emitter.js';
import type { StandInHost } from './host.js';
import type { NodeHandles } from './node-handles.js';

export type PluginEvents = {
  run: [RunEvent];
  selectionchange: [];
  currentpagechange: [];
  close: [];
  documentchange: [DocumentChangeEvent];
};

export type Session = {
  readonly model: DocumentModel;
  readonly host: StandInHost;
  readonly handles: NodeHandles;
  readonly events: Emitter<PluginEvents>;
  /** By page id. */
  readonly pageEvents: Map<string, Emitter<{ nodechange: [NodeChangeEvent] }>>;
  readonly messages: Emitter<{ message: [unknown, OnMessageProperties] }>;
  readonly inputs: Emitter<{ input: [ParameterInputEvent] }>;
  readonly loadedPages: Set<string>;
  readonly loadedFonts: Set<string>;
  /** Commands that the manifest has buttons for; not there: any. */
  readonly relaunchButtons?: readonly string[];
  readonly settings: { skipInvisibleInstanceChildren: boolean };
  command: string;
  /** A run that no listener has heard of yet: where main is loaded from elsewhere, it comes to listen later. */
  pendingRun?: RunParametersEvent;
  state: 'fresh' | 'running' | 'closed';
  hasPanel: boolean;
  /** Notes a use that Figma would not let pass. */
  report(text: string): void;
  /** What a plugin's listener threw, or rejected with. */
  uncaught(error: unknown): void;
};

/** @throws after noting it: for what Figma forbids, or what the stand-in does not know */
export function refuse(session: Pick<Session, 'report'>, text: string): never {
  session.report(text);
  throw new Error(text);
}

export function makeEmitters(
  uncaught: Session['uncaught'],
): Pick<Session, 'events' | 'pageEvents' | 'messages' | 'inputs' | 'uncaught'> {
  return {
    events: new Emitter(uncaught),
    pageEvents: new Map(),
    messages: new Emitter(uncaught),
    inputs: new Emitter(uncaught),
    uncaught,
  };
}

export function tellOfRun(session: Session): void {
  const { pendingRun, events } = session;
  if (!pendingRun || !events.has('run')) return;
  session.pendingRun = undefined;
  events.emit('run', pendingRun);
}
