/** What the panel does: hears the sandbox, asks the server, and carries out what its controls ask for. */
import { MAX_PROMPT, MAX_VARIANTS } from '../../shared/limits.js';
import type { Command, Draft, Settings, Subject, ToPanel, ToSandbox, TrackedJob } from '../messages.js';
import { findPictures, sourceOf } from './compare.js';
import type { Controls, Task } from './controls.js';
import { draftOf } from './draft.js';
import { wait as realWait } from './client/persist.js';
import { hasTrouble } from './doctor/check.js';
import { examine } from './doctor/examine.js';
import type { Surroundings } from './doctor/find-block.js';
import { createDesk, type DeskParts } from './jobs/desk.js';
import { isOver, type Job } from './jobs/job.js';
import {
  canMakeAgain,
  makeOrder,
  makeOrderAgain,
  missingFor,
  nodesOf,
  offers,
  seedFor,
  taskFor,
} from './jobs/order.js';
import { PanelError, wanted, type Problem } from './problem.js';
import type { Folds, View } from './state.js';
import type { Store } from './store.js';
import { chooseLanguage, createSay } from './texts/speak.js';
import { titlesIn } from './texts/titles.js';

export type PanelParts = Omit<DeskParts, 'store' | 'say'> & {
  store: Store;
  send: (message: ToSandbox) => void;
  surroundings: Surroundings;
  /** The browser's language. */
  language: string;
  makeUrl: (bytes: Uint8Array) => string;
  dropUrl: (url: string) => void;
};

export type Panel = ReturnType<typeof createPanel>;

type Asked = Pick<Extract<ToPanel, { type: 'asked' }>, 'command' | 'parameters'>;

/** Pixels of a thumbnail's longest side, twice the most that it is shown at. */
const THUMBNAIL = 112;
/** Commands that open the panel as it was for the result that is selected. */
const goOn: readonly Command[] = ['open', 'more'];
/** A second press of the same within this is a double click, or a key held down. */
const ONCE_MS = 400;
/** Before it is told that pictures are looked for: most are there at once. */
const LOOKING_MS = 500;

export function createPanel(parts: PanelParts) {
  const { store, send, surroundings, language, makeUrl, now = Date.now, wait = realWait } = parts;
  const desk = createDesk({ ...parts, say: send });
  /** Pictures to compare that were asked for and are not yet here. */
  const pictures = new Map<string, (bytes: Uint8Array | undefined) => void>();
  /** Rows whose pictures are being looked for. */
  const lookedFor = new Set<string>();
  let comparisons = 0;
  let examined = 0;
  /** A command that needs to know what is selected. `left`: the newest job that runs on, with what the controls stood at. */
  let asked: (Asked & { left: TrackedJob | undefined }) | undefined;
  /** The draft that the other half keeps, as JSON. */
  let kept = '{}';
  let started: { at: number; subject: Subject; controls: Controls } | undefined;

  let shown = store.state();
  store.onChange(() => {
    const [before, now] = [shown, store.state()];
    shown = now;
    const large = now.view === 'compare';
    if (large !== (before.view === 'compare')) send({ type: 'size-panel', large });
    // their addresses hold the pictures in memory
    const old = now.comparison === before.comparison ? undefined : before.comparison?.pictures;
    if (old) [old.before, old.after].forEach(parts.dropUrl);
    if (now.controls !== before.controls || now.knownWords !== before.knownWords) keepDraft(draftOf(now));
    const hasEnded = now.jobs !== before.jobs && endedIn(now.jobs) > endedIn(before.jobs);
    if (now.view === 'history' && hasEnded) send({ type: 'list-history' });
  });

  function keepDraft(draft: Draft): void {
    const text = JSON.stringify(draft);
    if (text !== kept) send({ type: 'keep-draft', draft });
    kept = text;
  }

  function giveBack(draft: Draft): void {
    kept = JSON.stringify(draft);
    store.act({ type: 'draft', draft });
  }

  async function check(turnTo: boolean): Promise<void> {
    const round = ++examined;
    const { server: url, key } = store.state().settings;
    for await (const { checks, models } of examine({ url, key }, surroundings)) {
      if (round !== examined) return;
      store.act({ type: 'checks', checks, checking: true });
      if (models) store.act({ type: 'models', models });
    }
    if (round !== examined) return;
    const { checks, jobs, view } = store.state();
    store.act({ type: 'checks', checks, checking: false });
    const idle = view === 'work' && jobs.length === 0;
    if (turnTo && idle && hasTrouble(checks)) store.act({ type: 'view', view: 'settings' });
  }

  /** Of what is shown as a picture alone; what was compared before stays in view until the next two are there. */
  async function compare(): Promise<void> {
    const { subject, settings } = store.state();
    if (subject.kind !== 'image') return;
    const { target } = subject;
    const { recipe } = target;
    const source = recipe && sourceOf(recipe);
    if (!recipe || source === undefined) return;
    const turn = ++comparisons;
    store.act({ type: 'view', view: 'compare' });
    // tried again, it is under way, which may take a while
    if (store.state().comparison?.problem) store.act({ type: 'comparison', comparison: undefined });
    const read = (node: string) =>
      new Promise<Uint8Array | undefined>((resolve) => {
        pictures.set(node, resolve);
        send({ type: 'read', node });
      });
    let problem: Problem | undefined;
    const found = await findPictures({ ...parts, settings, read, target, recipe, source }).catch((thrown: unknown) => {
      // a picture that can't be decoded is as good as lost
      if (thrown instanceof PanelError) problem = thrown.problem;
      return undefined;
    });
    // it may have been closed meanwhile, or another be asked for
    if (turn !== comparisons || store.state().view !== 'compare') return;
    const urls = found && { ...found, before: makeUrl(found.before), after: makeUrl(found.after) };
    const outcome = { ...(urls ? { pictures: urls } : {}), ...(problem ? { problem } : {}) };
    store.act({ type: 'comparison', comparison: { target, ...outcome } });
  }

  function look(nodes: (string | undefined)[]): void {
    for (const node of nodes) if (node !== undefined) send({ type: 'look', node, side: THUMBNAIL });
  }

  async function showRow({ ticket, row, made }: Job): Promise<void> {
    if (row === undefined || lookedFor.has(row)) return;
    lookedFor.add(row);
    send({ type: 'show-row', row, made });
    await wait(LOOKING_MS);
    if (lookedFor.has(row)) store.act({ type: 'job', ticket, change: { looking: true } });
  }

  function giveRead(node: string, bytes: Uint8Array | undefined): void {
    pictures.get(node)?.(bytes);
    pictures.delete(node);
  }

  function show(view: View): void {
    store.act({ type: 'view', view });
    if (view === 'history') send({ type: 'list-history' });
    if (view === 'settings' && store.state().checks.length === 0) void check(false);
  }

  /** @param prompt instead of what the field of words has */
  function start(task?: Task, prompt?: string): boolean {
    const { subject, controls } = store.state();
    const chosen = task ?? taskFor(store.state());
    if (!chosen || missingFor(chosen, { subject, controls })) return false;
    const words = prompt === undefined ? controls.words : { ...controls.words, generate: prompt };
    const sent = { ...controls, words, seed: seedFor(store.state()) };
    const say = createSay(chooseLanguage(store.state().settings.language, language));
    const repeated = started?.subject === subject && started.controls === controls && now() - started.at < ONCE_MS;
    if (!repeated) desk.start(makeOrder(subject, chosen, sent, titlesIn(say)));
    started = { at: now(), subject, controls };
    return !repeated;
  }

  function again(): void {
    const { subject, controls } = store.state();
    const { target } = nodesOf(subject);
    if (target?.recipe && canMakeAgain(target.recipe)) desk.start(makeOrderAgain(target, target.recipe, controls));
  }

  function fillIn({ prompt, variants }: Asked['parameters']): void {
    const { words } = store.state().controls;
    // what was typed there and not sent stays
    if (prompt !== undefined && draftOf(store.state())['generate'] === undefined) {
      store.act({ type: 'controls', change: { words: { ...words, generate: prompt } } });
    }
    if (variants !== undefined) {
      store.act({ type: 'controls', change: { variants: Math.min(MAX_VARIANTS, Math.max(1, Math.round(variants))) } });
    }
  }

  function obey({ command, parameters: given }: Asked): void {
    const prompt = given.prompt?.slice(0, MAX_PROMPT);
    fillIn({ ...given, prompt });
    if (command === 'history' || command === 'settings') return show(command);
    if (command === 'more') return again();
    if (command === 'open') return;
    const task = command === 'edit' ? 'words' : command;
    store.act({ type: 'force', task });
    if (task === 'generate' && prompt?.trim() && start(task, prompt)) return;
    if (task !== 'generate' && !offers(store.state(), task)) {
      // why nothing can be done with a selection is said in its own view
      const unusable = store.state().subject.kind === 'unusable';
      return unusable ? undefined : store.act({ type: 'notice', notice: wanted(task) });
    }
    if (task === 'generate' || task === 'words') store.act({ type: 'ask-for-words' });
  }

  function hear(message: ToPanel): void {
    switch (message.type) {
      case 'opened': {
        const { settings, version, command, parameters, pending, untold = [], draft } = message;
        store.act({ type: 'opened', settings, version });
        desk.stopLeft(untold);
        for (const { row, job } of pending) desk.resume(row, job);
        if (draft) giveBack(draft);
        asked = { command, parameters, left: pending.at(-1)?.job };
        void check(true);
        return;
      }
      case 'pending':
        return message.pending.forEach(({ row, job }) => desk.resume(row, job));
      case 'selected': {
        store.act({ type: 'selected', subject: message.subject });
        const { target, other } = nodesOf(message.subject);
        look([target?.id, other?.id]);
        const { view, comparison } = store.state();
        if (view === 'compare' && target?.id !== comparison?.target.id) void compare();
        if (asked) {
          const left = asked.left ?? (goOn.includes(asked.command) ? target?.recipe : undefined);
          if (left) store.act({ type: 'go-on', panel: left.panel, source: left.parent });
          obey(asked);
        }
        asked = undefined;
        return;
      }
      case 'asked':
        return obey(message);
      case 'began':
      case 'settled':
      case 'row-gone':
      case 'untold':
        return desk.hear(message);
      case 'looked': {
        lookedFor.delete(message.row);
        const job = store.state().jobs.find(({ row, looking }) => looking && row === message.row);
        if (job) store.act({ type: 'job', ticket: job.ticket, change: { looking: false } });
        return;
      }
      case 'failed': {
        desk.hear(message);
        const { code, detail, ticket, node } = message;
        // a list that has it still is an old one
        if (code === 'nothing-to-show' && store.state().view === 'history') send({ type: 'list-history' });
        // a layer that went while its picture was on the way is nobody's trouble: there is just none
        if (node !== undefined) return giveRead(node, undefined);
        if (ticket !== undefined) return;
        return store.act({ type: 'notice', notice: { code, detail } });
      }
      case 'thumbnail': {
        const old = store.state().thumbnails[message.node];
        store.act({ type: 'thumbnail', node: message.node, url: makeUrl(message.bytes) });
        if (old !== undefined) parts.dropUrl(old);
        return;
      }
      case 'picture':
        return giveRead(message.node, message.bytes);
      case 'history':
        return store.act({ type: 'history', entries: message.entries });
    }
  }

  return {
    store,
    desk,
    hear,
    open: () => send({ type: 'open' }),
    set: (change: Partial<Controls>) => store.act({ type: 'controls', change }),
    fold: (change: Partial<Folds>) => store.act({ type: 'folds', change }),
    puzzled: (detail: string) => store.act({ type: 'notice', notice: { code: 'unknown-message', detail } }),
    start: () => start(),
    again,
    show,
    /** Words for another garment, whatever is selected, and back to that. */
    makeNew(): void {
      store.act({ type: 'force', task: 'generate' });
      store.act({ type: 'ask-for-words' });
    },
    backToSelection: () => store.act({ type: 'force', task: undefined }),
    check: () => check(false),
    /** Thumbnails of nodes that have none yet. */
    look(nodes: readonly string[]): void {
      const known = store.state().thumbnails;
      look(nodes.filter((node) => known[node] === undefined));
    },
    showNode: (node: string, others: string[] = []) => send({ type: 'show-node', node, others }),
    showRow: (job: Job) => void showRow(job),
    saveSettings(change: Partial<Settings>): void {
      const settings = { ...store.state().settings, ...change };
      store.act({ type: 'settings', settings });
      desk.useKey({ url: settings.server, key: settings.key });
      send({ type: 'save-settings', settings });
    },
    /** Their order in the selection is only a first guess. */
    swap: () => store.act({ type: 'swap' }),
    restore(): void {
      const { target } = nodesOf(store.state().subject);
      if (!target?.recipe) return;
      store.act({ type: 'restore', recipe: target.recipe });
      // the server may have come to serve another model
      void check(false);
      // its button is gone then
      if (store.state().forced === 'generate') store.act({ type: 'ask-for-words' });
    },
    compare: () => void compare(),
  };
}

function endedIn(jobs: readonly Job[]): number {
  return jobs.filter(({ phase }) => isOver(phase)).length;
}
