/**
 * The half of the plugin that lives in Figma's sandbox and knows the document: what is selected goes to the panel as
 * conditions, what the server makes of them lands on the canvas as rows of results. Nothing that was there is changed.
 */
import { command, toSandbox, type Command, type ToSandbox } from './messages.js';
import { beginJob } from './sandbox/begin-job.js';
import { findPending } from './sandbox/find-pending.js';
import { keepDraft, loadDraft } from './sandbox/keep-draft.js';
import { listHistory } from './sandbox/list-history.js';
import { loadMaker, loadSettings, saveSettings } from './sandbox/load-settings.js';
import { lookAtNode, readNode } from './sandbox/read-node.js';
import { keepJob } from './sandbox/row-data.js';
import { allTurns, findRow, inTurn } from './sandbox/rows.js';
import { say, sayFailed } from './sandbox/say.js';
import { settleRow } from './sandbox/settle-row.js';
import { showNode, showResults } from './sandbox/show-node.js';
import { landPicture, previewPicture } from './sandbox/show-picture.js';
import { sizePanel, usualSize } from './sandbox/size-panel.js';
import { readParameters, suggestParameters } from './sandbox/suggest-parameters.js';
import { dropUntold, keepUntold, loadUntold } from './sandbox/untold-jobs.js';
import { watchRows } from './sandbox/watch-rows.js';
import { watchSelection, type Watch } from './sandbox/watch-selection.js';

type Run = { command: Command; parameters: ReturnType<typeof readParameters>; watch: Watch };
let run: Run | undefined;

figma.skipInvisibleInstanceChildren = true;
figma.parameters.on('input', suggestParameters);

// not before: while quick actions ask for parameters, there is no panel
figma.on('run', (event) => {
  const asked = command.safeParse(event.command).data ?? 'open';
  const parameters = readParameters(event.parameters);
  if (run) return say({ type: 'asked', command: asked, parameters });
  figma.showUI(__html__, { ...usualSize, themeColors: true, title: 'Toile' });
  figma.ui.onmessage = (value: unknown) => void hear(value);
  const told = (work: Promise<void>) => void work.catch((thrown) => sayFailed(thrown));
  const watch = watchSelection(
    (changes) => told(watchRows(told, changes)),
    () => told(lookAround()),
  );
  run = { command: asked, parameters, watch };
});

async function hear(value: unknown): Promise<void> {
  const message = toSandbox.safeParse(value);
  if (!message.success) return sayUnknown(value, message.error.issues);
  try {
    await answer(message.data);
  } catch (thrown) {
    sayFailed(thrown, subjectOf(message.data));
  }
}

function subjectOf(message: ToSandbox): { ticket?: string; node?: string } {
  if (message.type === 'begin') return { ticket: message.ticket };
  return message.type === 'look' || message.type === 'read' ? { node: message.node } : {};
}

async function answer(message: ToSandbox): Promise<void> {
  switch (message.type) {
    case 'open':
      return open();
    case 'save-settings':
      return saveSettings(message.settings);
    case 'keep-draft':
      return keepDraft(message.draft);
    case 'begin':
      return beginJob(message);
    case 'track':
      return withRow(message.row, (row) => keepJob(row, message.job));
    case 'preview':
      return withRow(message.row, (row) => previewPicture(row, message.variant, message.bytes));
    case 'land':
      return withRow(message.row, (row) => landPicture(row, message));
    case 'settle':
      return withRow(message.row, async (row) => {
        say({ type: 'settled', row: message.row, pictures: await settleRow(row, message.select ?? false) });
      });
    case 'untold':
      return keepUntold(message.job);
    case 'told':
      return dropUntold(message.ticket);
    case 'list-untold':
      return say({ type: 'untold', jobs: await loadUntold() });
    case 'look':
      return say({ type: 'thumbnail', node: message.node, bytes: await lookAtNode(message.node, message.side) });
    case 'read':
      return say({ type: 'picture', node: message.node, bytes: await readNode(message.node) });
    case 'list-history':
      // the last picture of a job that has just ended is on its way
      await allTurns();
      return say({ type: 'history', entries: listHistory() });
    case 'size-panel':
      return sizePanel(message.large);
    case 'show-node':
      return showNode(message.node, message.others);
    case 'show-row':
      return showResults(message.row, message.made).finally(() => say({ type: 'looked', row: message.row }));
  }
}

async function open(): Promise<void> {
  // without what was typed there is a panel still
  const typed = loadDraft().catch(() => undefined);
  const [settings, maker, untold, draft] = await Promise.all([loadSettings(), loadMaker(), loadUntold(), typed]);
  const { command = 'open', parameters = {}, watch } = run ?? {};
  const pending = await findPending({ maker, known: true });
  const left = { ...(untold.length === 0 ? {} : { untold }), ...(draft && { draft }) };
  say({ type: 'opened', settings, command, parameters, pending, ...left, version: TOILE_VERSION });
  watch?.start();
}

/** The page that the designer has turned to may have rows of its own from before. */
async function lookAround(): Promise<void> {
  const pending = await findPending({ maker: await loadMaker(), known: false });
  if (pending.length > 0) say({ type: 'pending', pending });
}

function withRow(id: string, step: (row: FrameNode) => void | Promise<void>): Promise<void> {
  return inTurn(id, async () => {
    const row = await findRow(id);
    if (row) await step(row);
  });
}

/** What it was, and where it isn't as agreed; a job that it was about has come to its end. */
function sayUnknown(value: unknown, issues: readonly { path: PropertyKey[] }[]): void {
  const field = (name: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  const [type, ticket] = [field('type'), field('ticket')];
  const name = typeof type === 'string' ? `“${type.slice(0, 40)}”` : `something without a type (${typeof value})`;
  const detail = [name, ...issues.map(({ path }) => path.join('.'))].filter(Boolean).join(', ');
  say({ type: 'failed', code: 'unknown-message', detail, ...(typeof ticket === 'string' ? { ticket } : {}) });
}
