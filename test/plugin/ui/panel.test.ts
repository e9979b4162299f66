/** What the panel does when the other half speaks. */
import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_PROMPT } from '../../../shared/limits.js';
import type { Command, Recipe, Subject, ToPanel, ToSandbox } from '../../../plugin/messages.js';
import type { Job } from '../../../plugin/ui/jobs/job.js';
import { taskFor } from '../../../plugin/ui/jobs/order.js';
import { createPanel, type Panel } from '../../../plugin/ui/panel.js';
import { createStore } from '../../../plugin/ui/store.js';
import { brokenOff, createFakeServer, SERVER, until } from './fake-server.js';

const recipe: Recipe = {
  version: 1,
  server: SERVER.url,
  job: 'j',
  request: { vary: { asset: 'a'.repeat(32), strength: 0.4 }, variants: 3, seed: 4 },
  variant: 0,
  seed: 4,
  relevance: 0,
  fidelity: 0,
  passes: 1,
  madeAt: '2026-01-01T00:00:00.000Z',
  panel: { task: 'vary' },
  parent: '0:1',
};
const node = (id: string) => ({ id, name: id, width: 8, height: 8, look: 'image' as const });
const pixels = { width: 8, height: 8 };
const result: Subject = { kind: 'image', target: { ...node('5:5'), pixels, recipe } };

let server: ReturnType<typeof createFakeServer>;
let said: ToSandbox[];
let dropped: string[];
let panel: Panel;
let ticket: string;
let clock: number;
let pause: () => Promise<void>;
let sizeOf: () => Promise<{ width: number; height: number }>;
beforeEach(() => {
  clock = 0;
  ticket = 'ticket';
  pause = async () => undefined;
  sizeOf = async () => ({ width: 4000, height: 2000 });
  server = createFakeServer();
  said = [];
  dropped = [];
  panel = createPanel({
    store: createStore(),
    send: (message) => said.push(message),
    draw: {
      original: () => Promise.reject(new Error('no canvas here')),
      seen: () => Promise.reject(new Error('no canvas here')),
      mask: () => Promise.reject(new Error('no canvas here')),
      forCanvas: async (bytes) => bytes,
      sizeOf: () => sizeOf(),
    },
    makeTicket: () => ticket,
    surroundings: {
      fetch: server.fetch,
      secure: false,
      local: true,
      permission: async () => undefined,
      watchPolicy: () => () => false,
    },
    language: 'en',
    makeUrl: (bytes) => `url-${bytes.length}`,
    dropUrl: (url) => void dropped.push(url),
    fetch: server.fetch,
    wait: () => pause(),
    now: () => clock,
  });
});

const open = (command: Command, rest: Partial<Extract<ToPanel, { type: 'opened' }>> = {}) => {
  const settings = { server: SERVER.url, key: '', language: 'en', variants: 4 } as const;
  panel.hear({ type: 'opened', settings, command, parameters: {}, pending: [], version: '1', ...rest });
};
const begun = () => said.flatMap((message) => (message.type === 'begin' ? [message] : []));
const state = () => panel.store.state();
const compared = () => state().comparison?.pictures;
/** The result's own picture, of so many bytes. */
const giveAfter = (length: number) => panel.hear({ type: 'picture', node: '5:5', bytes: new Uint8Array(length) });

describe('opening', () => {
  it('by a quick action starts with its words, in the frame that is selected', () => {
    open('generate', { parameters: { prompt: 'linen shirt', variants: 2 } });
    expect(begun()).toEqual([]);
    const subject = { kind: 'nothing', frame: { id: '1:9', name: 'Board' } } as const;
    panel.hear({ type: 'selected', subject });
    panel.hear({ type: 'selected', subject });
    expect(begun()).toMatchObject([{ name: 'linen shirt', count: 2, shapes: [], others: [], frame: '1:9' }]);
  });

  it('by a relaunch button makes as many more of the result, once it is known what is selected', () => {
    open('more');
    expect(begun()).toEqual([]);
    const three = { ...recipe, panel: { task: 'vary', variants: 3 } };
    panel.hear({ type: 'selected', subject: { kind: 'image', target: { ...node('5:5'), recipe: three } } });
    expect(begun()).toMatchObject([{ target: '5:5', count: 3 }]);
    expect(state().controls.variants).toBe(3);
    panel.hear({ type: 'selected', subject: result });
    expect(begun()).toHaveLength(1);
  });

  it('has a server stop what was cancelled before the plugin was closed, whose row goes', async () => {
    const left = { ticket: 'old', server: SERVER.url, job: 'job-1' };
    open('open', { untold: [left], pending: [{ row: '1:1', job: { ...left, name: 'jeans', count: 1, panel: {} } }] });
    expect(said).toContainEqual({ type: 'settle', row: '1:1' });
    expect(state().jobs).toEqual([]);
    expect(said.at(-1)).toEqual({ type: 'settle', row: '1:1' });
    expect(said).toContainEqual({ type: 'list-untold' });
    panel.hear({ type: 'untold', jobs: [left] });
    await until(() => said.some(({ type }) => type === 'told'));
    expect(server.to('DELETE', '/v1/generations/job-1')).toHaveLength(1);
  });

  it('on a result puts its controls back but for the seed, and no later selection does', () => {
    const made = (id: string, edit: string): Subject => {
      const words = { ...state().controls.words, edit, generate: 'linen shirt' };
      const panel = { task: 'reference', variants: 2, strength: 0.7, words, seed: 4 };
      return { kind: 'image', target: { ...node(id), recipe: { ...recipe, panel } } };
    };
    open('open');
    panel.hear({ type: 'selected', subject: made('5:5', 'wool') });
    const controls = { imageTask: 'reference', variants: 2, strength: 0.7, words: { edit: 'wool' }, seed: null };
    expect(state()).toMatchObject({ controls, restored: undefined, forced: undefined });
    panel.hear({ type: 'selected', subject: made('6:6', 'silk') });
    expect(state().controls.words.edit).toBe('wool');
  });

  it.each([['open'], ['vary'], ['more']] as const)(
    'by %s during jobs puts back what was asked for last, whatever result is selected',
    (command) => {
      const job = (ticket: string, generate: string, variants: number) => {
        const panel = { task: 'generate', variants, words: { ...state().controls.words, generate }, seed: 3 };
        return {
          row: ticket,
          job: { ticket, server: SERVER.url, job: ticket, name: generate, count: variants, panel },
        };
      };
      open(command, { pending: [job('a', 'linen shirt', 2), job('b', 'denim shorts', 8)] });
      panel.hear({ type: 'selected', subject: result });
      expect(state()).toMatchObject({
        controls: { variants: 8, words: { generate: 'denim shorts' }, seed: null },
        forced: undefined,
      });
      panel.hear({ type: 'pending', pending: [job('c', 'silk scarf', 1)] });
      panel.hear({ type: 'selected', subject: { kind: 'nothing' } });
      expect(state().controls.words.generate).toBe('denim shorts');
    },
  );

  it.each([
    ['its source', '0:1', {}, { left: 1, right: 0.5 }],
    ['another picture', '0:2', {}, { left: 0, right: 0 }],
    ['another picture, in a larger frame', '0:2', { room: { left: 2, right: 0, top: 0, bottom: 0 } }, { left: 0.25 }],
    ['its source, in a larger frame', '0:1', { room: { left: 2, right: 0, top: 0, bottom: 0 } }, { left: 0.25 }],
  ])('during an expansion with %s selected has the sides that are meant for that', (_, id, rest, expand) => {
    const panel_ = { task: 'expand', expand: { left: 1, right: 0.5, top: 0, bottom: 0 } };
    const job = { ticket: 'a', server: SERVER.url, job: 'a', name: 'a', count: 1, parent: '0:1', panel: panel_ };
    open('open', { pending: [{ row: 'a', job }] });
    panel.hear({ type: 'selected', subject: { kind: 'image', target: node(id), ...rest } });
    expect(state().controls).toMatchObject({ imageTask: 'expand', expand });
  });

  it('during a job with a picture in a larger frame selected offers to grow it into that', () => {
    const job = {
      ticket: 'a',
      server: SERVER.url,
      job: 'a',
      name: 'a',
      count: 1,
      parent: '0:1',
      panel: { task: 'vary' },
    };
    open('open', { pending: [{ row: 'a', job }] });
    const room = { left: 2, right: 0, top: 0, bottom: 0 };
    panel.hear({ type: 'selected', subject: { kind: 'image', target: node('0:1'), room } });
    expect(state().controls).toMatchObject({ imageTask: 'expand', expand: { left: 0.25 } });
  });

  it('on a result made of words offers what can be done with the picture', () => {
    open('open');
    const words = { ...recipe, panel: { task: 'generate' } };
    panel.hear({ type: 'selected', subject: { kind: 'image', target: { ...node('5:5'), recipe: words } } });
    expect(state().forced).toBeUndefined();
  });

  it('for a task leaves the controls as they are', () => {
    open('vary');
    const strong = { ...recipe, panel: { task: 'vary', strength: 0.7 } };
    panel.hear({ type: 'selected', subject: { kind: 'image', target: { ...node('5:5'), recipe: strong } } });
    expect(state().controls.strength).toBe(0.4);
  });

  it('with a server that does not answer turns to the connection check', async () => {
    server.script.push('broken', 'broken');
    open('open');
    await until(() => state().view === 'settings');
    expect(state().checks.find((check) => check.state === 'bad')?.trouble).toBe('not-running');
  });

  it('leaves a running job in view where the connection is in trouble', async () => {
    server.script.push(...Array<'broken'>(3).fill('broken'));
    open('generate', { parameters: { prompt: 'linen shirt' } });
    panel.hear({ type: 'selected', subject: { kind: 'nothing' } });
    await until(() => state().checks.length > 0 && !state().checking);
    expect(state().view).toBe('work');
  });
});

it('follows the jobs of a page that is turned to, each once', () => {
  open('open');
  const job = { ticket: 't', server: SERVER.url, job: 'j', name: 'Vary', count: 2, panel: {} };
  panel.hear({ type: 'pending', pending: [{ row: '1:1', job }] });
  panel.hear({ type: 'pending', pending: [{ row: '1:1', job }] });
  expect(state().jobs).toMatchObject([{ ticket: 't', name: 'Vary' }]);
});

describe('words that were typed', () => {
  const drafts = () => said.flatMap((message) => (message.type === 'keep-draft' ? [message.draft] : []));
  const type = (change: Partial<ReturnType<typeof words>>) => panel.set({ words: { ...words(), ...change } });
  const words = () => state().controls.words;
  const job = (generate: string) => {
    const panel = { task: 'generate', words: { ...words(), generate, edit: 'wool' } };
    return { row: '1:1', job: { ticket: 'a', server: SERVER.url, job: 'a', name: generate, count: 1, panel } };
  };
  /** Placeholders are there, which hold what was sent. */
  const begin = async (row = '1:1') => {
    const before = said.length;
    panel.hear({ type: 'began', ticket, row, masks: [], others: [] });
    await until(() => said.slice(before).some(({ type }) => type === 'track'));
  };

  it('are kept with the other half as they come, until a row holds what was sent', async () => {
    open('open');
    panel.hear({ type: 'selected', subject: { kind: 'nothing' } });
    expect(drafts()).toEqual([]);
    type({ edit: 'wool' });
    type({ generate: 'l' });
    type({ generate: 'linen' });
    panel.set({ variants: 2 });
    expect(drafts()).toEqual([{ edit: 'wool' }, { generate: 'l', edit: 'wool' }, { generate: 'linen', edit: 'wool' }]);
    panel.start();
    expect(words().generate).toBe('linen');
    expect(drafts()).toHaveLength(3);
    await begin();
    expect(drafts().at(-1)).toEqual({ edit: 'wool' });
    type({ generate: 'linen ' });
    expect(drafts()).toHaveLength(4);
    type({ generate: 'linen shirt' });
    expect(drafts().at(-1)).toEqual({ generate: 'linen shirt', edit: 'wool' });
    type({ generate: '', edit: '' });
    expect(drafts().at(-1)).toEqual({});
  });

  it('are so again where the job that they were sent with has failed', async () => {
    open('open');
    panel.hear({ type: 'selected', subject: { kind: 'nothing' } });
    await until(() => state().checks.length > 0 && !state().checking);
    type({ generate: 'linen' });
    panel.start();
    server.script.push(server.failure(422, 'invalid_request'));
    await begin();
    await until(() => state().jobs[0]?.phase.state === 'failed');
    expect(drafts()).toEqual([{ generate: 'linen' }, {}, { generate: 'linen' }]);
    panel.desk.retry('ticket');
    await begin('1:2');
    expect(drafts().at(-1)).toEqual({});
  });

  it.each([
    ['was cancelled', () => void panel.desk.cancel('ticket')],
    ['has lost its row', () => panel.hear({ type: 'row-gone', row: '1:1' })],
  ])('are so again where the job that they were sent with %s', async (_, end) => {
    open('open');
    panel.hear({ type: 'selected', subject: { kind: 'nothing' } });
    type({ generate: 'linen' });
    panel.start();
    await begin();
    expect(drafts().at(-1)).toEqual({});
    end();
    await until(() => state().jobs[0]?.phase.state === 'cancelled');
    expect(drafts().at(-1)).toEqual({ generate: 'linen' });
  });

  it('are not where another job of their task is sent from a result', async () => {
    const made = { ...recipe, panel: { task: 'generate', words: { ...words(), generate: 'red dress' } } };
    open('open');
    panel.hear({ type: 'selected', subject: { kind: 'nothing' } });
    type({ generate: 'blue jeans' });
    panel.start();
    await begin();
    expect(drafts()).toEqual([{ generate: 'blue jeans' }, {}]);
    panel.hear({ type: 'selected', subject: { kind: 'image', target: { ...node('5:5'), recipe: made } } });
    ticket = 'another';
    panel.again();
    await begin('1:2');
    type({ edit: 'wool' });
    expect(drafts().slice(2)).toEqual([{ edit: 'wool' }]);
  });

  it('are none of a result that no more were made of', async () => {
    const made = { ...recipe, panel: { task: 'generate', words: { ...words(), generate: 'red dress' } } };
    open('more');
    panel.hear({ type: 'selected', subject: { kind: 'image', target: { ...node('5:5'), recipe: made } } });
    await begin();
    void panel.desk.cancel('ticket');
    await until(() => state().jobs[0]?.phase.state === 'cancelled');
    expect(drafts()).toEqual([]);
  });

  it('are not where pictures of them had landed', async () => {
    open('open');
    panel.hear({ type: 'selected', subject: { kind: 'nothing' } });
    type({ generate: 'linen' });
    panel.start();
    await begin();
    panel.store.act({ type: 'job', ticket: 'ticket', change: { landed: 1 } });
    void panel.desk.cancel('ticket');
    await until(() => state().jobs[0]?.phase.state === 'cancelled');
    expect(drafts().at(-1)).toEqual({});
  });

  it('come back over what a job goes on with, and stay kept', () => {
    open('open', { pending: [job('linen')], draft: { edit: 'wool', pattern: 'stripes' } });
    panel.hear({ type: 'selected', subject: result });
    expect(words()).toMatchObject({ generate: 'linen', edit: 'wool', pattern: 'stripes' });
    expect(drafts()).toEqual([]);
    type({ pattern: 'stripe' });
    expect(drafts()).toEqual([{ edit: 'wool', pattern: 'stripe' }]);
    panel.hear({ type: 'selected', subject: { kind: 'nothing' } });
    expect(words().pattern).toBe('stripe');
  });

  it('come back over those of the result that the panel opens on, which are no draft', () => {
    const made = { ...recipe, panel: { task: 'words', words: { ...words(), words: 'in red', generate: 'linen' } } };
    const subject: Subject = { kind: 'image', target: { ...node('5:5'), recipe: made } };
    open('open', { draft: { words: 'in green' } });
    panel.hear({ type: 'selected', subject });
    expect(words()).toMatchObject({ words: 'in green', generate: 'linen' });
    expect(drafts()).toEqual([]);
    panel.restore();
    expect(words().words).toBe('in red');
    expect(drafts()).toEqual([{}]);
  });

  it('stay in their field where a quick action brings words of its own', async () => {
    open('generate', { draft: { generate: 'a long red dress' }, parameters: { prompt: 'linen shirt', variants: 2 } });
    panel.hear({ type: 'selected', subject: { kind: 'nothing' } });
    expect(begun()).toMatchObject([{ name: 'linen shirt', count: 2 }]);
    expect(state().jobs[0]?.order?.controls.words.generate).toBe('linen shirt');
    await begin();
    expect(words().generate).toBe('a long red dress');
    expect(drafts()).toEqual([]);
  });

  it('for another task stay where a recipe is restored', () => {
    open('open');
    panel.hear({ type: 'selected', subject: { kind: 'nothing' } });
    type({ generate: 'a long red dress', words: 'in green' });
    const made = { ...recipe, panel: { task: 'words', words: { ...words(), words: 'in red', generate: 'linen' } } };
    panel.hear({ type: 'selected', subject: { kind: 'image', target: { ...node('5:5'), recipe: made } } });
    panel.restore();
    expect(words()).toMatchObject({ generate: 'a long red dress', words: 'in red' });
    expect(drafts().at(-1)).toEqual({ generate: 'a long red dress' });
  });

  it('are there before it is known what is selected, and stay as they were typed on until then', () => {
    const result_ = { ...recipe, panel: { task: 'generate', words: { ...words(), generate: 'linen', edit: 'silk' } } };
    open('open', { draft: { generate: 'a long red dress', edit: 'wool' } });
    expect(words()).toMatchObject({ generate: 'a long red dress', edit: 'wool' });
    expect(drafts()).toEqual([]);
    type({ generate: 'a long dress', pattern: 'stripes' });
    const typed = { generate: 'a long dress', edit: 'wool', pattern: 'stripes' };
    expect(drafts()).toEqual([typed]);
    panel.hear({ type: 'selected', subject: { kind: 'image', target: { ...node('5:5'), recipe: result_ } } });
    expect(words()).toMatchObject(typed);
    expect(drafts()).toEqual([typed]);
  });

  it('of tasks that this version does not have, or longer than may be, are left, and no others', () => {
    const long = 'x'.repeat(MAX_PROMPT + 1);
    open('open', { draft: { sew: 'a button', generate: long, pattern: 'stripes' } });
    panel.hear({ type: 'selected', subject: { kind: 'nothing' } });
    expect(Object.values(words()).join('')).toBe('stripes');
    type({ edit: 'wool' });
    expect(drafts().at(-1)).toEqual({ edit: 'wool', pattern: 'stripes' });
  });
});

describe('a press of the button', () => {
  it('twice, or held down, starts one job', () => {
    open('open');
    for (const at of [0, 300, 600]) {
      clock = at;
      panel.start();
    }
    expect(begun()).toHaveLength(1);
    clock = 1001;
    panel.start();
    expect(begun()).toHaveLength(2);
  });

  it('starts another job at once where something else is asked for', () => {
    open('open');
    panel.start();
    panel.set({ variants: 2 });
    panel.start();
    panel.hear({ type: 'selected', subject: result });
    panel.start();
    expect(begun().map(({ count, target }) => [count, target])).toEqual([
      [4, undefined],
      [2, undefined],
      [2, '5:5'],
    ]);
  });

  it('twice starts one job of a restored recipe too, whose seed goes with it', () => {
    open('open');
    panel.hear({ type: 'selected', subject: result });
    panel.restore();
    panel.hear({ type: 'selected', subject: { kind: 'image', target: node('0:1') } });
    panel.start();
    panel.start();
    expect(begun()).toHaveLength(1);
    expect(state().jobs.map(({ order }) => order?.controls.seed)).toEqual([4]);
    clock = 1001;
    panel.start();
    expect(state().jobs.map(({ order }) => order?.controls.seed)).toEqual([4, null]);
  });
});

describe('a command from the menu', () => {
  it.each([
    ['vary', 'vary'],
    ['edit', 'words'],
    ['expand', 'expand'],
  ] as const)('%s turns the panel of a picture to its task', (command, task) => {
    panel.hear({ type: 'selected', subject: { kind: 'image', target: node('1:1') } });
    panel.show('history');
    panel.hear({ type: 'asked', command, parameters: {} });
    expect(state()).toMatchObject({ view: 'work', controls: { imageTask: task } });
  });

  it.each(['generate', 'edit'] as const)('%s asks for words, whose field takes the cursor', (command) => {
    open(command);
    expect(state().asksForWords).toBe(0);
    panel.hear({ type: 'selected', subject: { kind: 'image', target: node('1:1') } });
    expect(state().asksForWords).toBe(1);
    panel.hear({ type: 'asked', command, parameters: {} });
    panel.hear({ type: 'asked', command: 'vary', parameters: {} });
    expect(state().asksForWords).toBe(2);
  });

  it('starts with the words of a quick action', () => {
    open('open');
    panel.hear({ type: 'selected', subject: { kind: 'image', target: node('1:1') } });
    panel.hear({ type: 'asked', command: 'generate', parameters: { prompt: 'linen shirt', variants: 2 } });
    expect(begun()).toMatchObject([{ name: 'linen shirt', count: 2, shapes: [], others: [] }]);
  });

  it.each([
    ['vary', { kind: 'nothing' }, 'wants-vary'],
    ['edit', { kind: 'nothing' }, 'wants-words'],
    ['mix', { kind: 'image', target: node('1:1') }, 'wants-mix'],
    ['expand', { kind: 'pair', target: node('1:1'), other: node('1:2') }, 'wants-expand'],
    ['vary', { kind: 'unusable', reason: 'hidden' }, undefined],
    ['edit', { kind: 'shapes', target: node('1:1'), shapes: [node('2:1')] }, undefined],
  ] as const)('%s that does not fit what is selected says what to select', (command, subject, code) => {
    panel.hear({ type: 'selected', subject: JSON.parse(JSON.stringify(subject)) });
    panel.hear({ type: 'asked', command, parameters: {} });
    expect(state().notice?.code).toBe(code);
    expect(state().asksForWords).toBe(subject.kind === 'shapes' ? 1 : 0);
    panel.hear({ type: 'selected', subject: { kind: 'pair', target: node('3:1'), other: node('3:2') } });
    expect(state().notice).toBeUndefined();
  });

  it('opens the history, which the other half is asked for', () => {
    panel.hear({ type: 'asked', command: 'history', parameters: {} });
    expect(said).toEqual([{ type: 'list-history' }]);
    panel.hear({ type: 'history', entries: [{ node: 'b', name: 'b', recipe }] });
    expect(state().history).toMatchObject([{ node: 'b' }]);
  });
});

describe('the history', () => {
  it('asks for the thumbnails that come into view, each until it is there', () => {
    panel.show('history');
    panel.hear({ type: 'history', entries: ['a', 'b'].map((id) => ({ node: id, name: id, recipe })) });
    expect(said).toEqual([{ type: 'list-history' }]);
    panel.hear({ type: 'thumbnail', node: 'a', bytes: new Uint8Array(1) });
    panel.look(['a', 'b']);
    expect(said.slice(1)).toEqual([{ type: 'look', node: 'b', side: 112 }]);
  });

  it('stays open while its results are shown, and has those of a job that ends meanwhile', () => {
    open('open');
    panel.hear({ type: 'selected', subject: { kind: 'nothing' } });
    panel.start();
    panel.show('history');
    panel.showNode('5:5');
    panel.hear({ type: 'selected', subject: result });
    expect(state().view).toBe('history');
    const lists = () => said.filter(({ type }) => type === 'list-history').length;
    expect(lists()).toBe(1);
    panel.hear({ type: 'failed', code: 'node-gone', detail: 'row', ticket: 'ticket' });
    return until(() => lists() === 2);
  });
});

describe('to show the pictures of a job', () => {
  const phase = { state: 'done' } as const;
  const job: Job = { ticket: 't1', name: 'jeans', count: 1, landed: 1, row: '7:7', redrawn: false, phase };
  const looking = () => state().jobs[0]?.looking ?? false;
  let go: () => void;

  beforeEach(() => {
    pause = () => new Promise((resolve) => (go = resolve));
    panel.store.act({ type: 'job-added', job });
  });

  it('says nothing of it where they are found at once', async () => {
    panel.showRow(job);
    panel.hear({ type: 'looked', row: '7:7' });
    go();
    await Promise.resolve();
    expect(looking()).toBe(false);
  });

  it('says that they are looked for where that takes long, until they are found or not', async () => {
    panel.showRow(job);
    panel.showRow(job);
    expect(said).toEqual([{ type: 'show-row', row: '7:7' }]);
    expect(looking()).toBe(false);
    go();
    await until(looking);
    panel.hear({ type: 'looked', row: '7:7' });
    expect(looking()).toBe(false);
    panel.showRow(job);
    expect(said).toHaveLength(2);
  });

  it('has the history made anew where what it lists is gone', () => {
    panel.show('history');
    panel.hear({ type: 'failed', code: 'nothing-to-show', detail: '5:5' });
    expect(said.filter(({ type }) => type === 'list-history')).toHaveLength(2);
    expect(state().notice?.code).toBe('nothing-to-show');
  });
});

describe('trouble', () => {
  it('with a message that this version does not know is shown', () => {
    panel.puzzled('type: invalid');
    expect(state().notice).toEqual({ code: 'unknown-message', detail: 'type: invalid' });
  });

  it('of a thumbnail is none: the layer went meanwhile', () => {
    panel.hear({ type: 'selected', subject: result });
    panel.hear({ type: 'failed', code: 'node-gone', detail: '5:5', node: '5:5' });
    expect(state().notice).toBeUndefined();
    // what was shown to be gone in another way is told
    panel.hear({ type: 'failed', code: 'node-gone', detail: '5:5' });
    expect(state().notice?.code).toBe('node-gone');
  });

  it('with one picture leaves what is awaited of another', async () => {
    open('open');
    panel.hear({ type: 'selected', subject: result });
    panel.compare();
    panel.hear({ type: 'failed', code: 'node-gone', detail: '9:9', node: '9:9' });
    giveAfter(5);
    await until(() => compared() !== undefined);
    panel.show('work');
    panel.compare();
    panel.hear({ type: 'failed', code: 'node-gone', detail: '5:5', node: '5:5' });
    await until(() => state().comparison !== undefined);
    expect(compared()).toBeUndefined();
  });
});

describe('a comparison', () => {
  const edited = (id: string): Subject => ({ kind: 'image', target: { ...node(id), pixels, recipe } });

  it('is of a result with what it was made from, from the server or else from the canvas', async () => {
    open('open');
    panel.hear({ type: 'selected', subject: result });
    panel.compare();
    giveAfter(5);
    await until(() => compared() !== undefined);
    expect(state()).toMatchObject({ view: 'compare', comparison: { target: { id: '5:5' } } });
    expect(compared()).toMatchObject({ before: 'url-3', after: 'url-5', size: pixels });

    panel.show('work');
    expect(dropped).toEqual(['url-3', 'url-5']);
    server.script.push(server.failure(404, 'unknown_asset'));
    panel.compare();
    giveAfter(5);
    await until(() => said.some((message) => message.type === 'read' && message.node === '0:1'));
    panel.hear({ type: 'picture', node: '0:1', bytes: new Uint8Array(9) });
    await until(() => compared()?.before === 'url-9');
  });

  it('says that the server does not answer, and not that what it was made from is gone, where nobody knows', async () => {
    open('open');
    await until(() => !state().checking && state().checks.length > 0);
    panel.hear({ type: 'selected', subject: result });
    const lookInVain = async () => {
      panel.store.act({ type: 'view', view: 'work' });
      said.length = 0;
      panel.compare();
      giveAfter(5);
      await until(() => said.some((message) => message.type === 'read' && message.node === '0:1'));
      panel.hear({ type: 'failed', code: 'node-gone', detail: '', node: '0:1' });
      await until(() => state().comparison !== undefined);
      return state().comparison;
    };
    server.script.push(...Array<'broken'>(6).fill('broken'));
    expect(await lookInVain()).toMatchObject({ problem: { code: 'unreachable' } });
    server.script.push(server.failure(404, 'unknown_asset'));
    expect(await lookInVain()).toEqual({ target: expect.anything() });
  });

  it('follows the selection to the next result, in view until that is there, and past what can not be compared', async () => {
    open('open');
    panel.hear({ type: 'selected', subject: result });
    panel.compare();
    giveAfter(5);
    await until(() => compared() !== undefined);
    const words = { ...recipe, request: { prompt: 'linen shirt' } };
    const others: Subject[] = [
      { kind: 'nothing' },
      { kind: 'image', target: node('1:1') },
      { kind: 'image', target: { ...node('1:2'), recipe: words } },
      { kind: 'pair', target: { ...node('6:6'), pixels, recipe }, other: node('1:1') },
    ];
    for (const subject of others) panel.hear({ type: 'selected', subject });
    panel.hear({ type: 'selected', subject: edited('6:6') });
    expect(said.filter(({ type }) => type === 'read')).toEqual([
      { type: 'read', node: '5:5' },
      { type: 'read', node: '6:6' },
    ]);
    expect(compared()?.after).toBe('url-5');
    panel.hear({ type: 'picture', node: '6:6', bytes: new Uint8Array(6) });
    await until(() => compared()?.after === 'url-6');
    expect(dropped).toEqual(['url-3', 'url-5']);
  });

  it('is of the last of several that were selected in turn, whichever comes first', async () => {
    open('open');
    panel.hear({ type: 'selected', subject: result });
    panel.compare();
    panel.hear({ type: 'selected', subject: edited('6:6') });
    panel.hear({ type: 'picture', node: '6:6', bytes: new Uint8Array(6) });
    await until(() => compared()?.after === 'url-6');
    giveAfter(5);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(compared()?.after).toBe('url-6');
  });

  it('has a large panel, whatever ends it', () => {
    open('open');
    panel.hear({ type: 'selected', subject: result });
    const sizes = () => said.flatMap((message) => (message.type === 'size-panel' ? [message.large] : []));
    expect(sizes()).toEqual([]);
    panel.compare();
    panel.hear({ type: 'selected', subject: edited('6:6') });
    expect(sizes()).toEqual([true]);
    panel.hear({ type: 'asked', command: 'vary', parameters: {} });
    panel.show('history');
    expect(sizes()).toEqual([true, false]);
  });

  it.each([
    ['has grown', { width: 4095, height: 2000 }, { left: 0.2442, width: 0.7558 }],
    ['was shrunk to what Figma takes', { width: 4096, height: 1638 }, { left: 0.2, width: 0.8 }],
  ])('of a result that %s has the source in its place', async (_, grown, placed) => {
    const request = { base: { asset: 'a'.repeat(32), expand: { left: 1000, right: 0, top: 0, bottom: 0 } } };
    const target = { ...node('5:5'), pixels: grown, recipe: { ...recipe, request } };
    open('open');
    panel.hear({ type: 'selected', subject: { kind: 'image', target } });
    panel.compare();
    giveAfter(5);
    await until(() => compared() !== undefined);
    expect(compared()?.placed).toEqual({
      left: expect.closeTo(placed.left, 3),
      top: 0,
      width: expect.closeTo(placed.width, 3),
      height: 1,
    });
  });

  it('whose source can not be decoded says that a picture is lost', async () => {
    sizeOf = () => Promise.reject(new Error('not a picture'));
    const request = { base: { asset: 'a'.repeat(32), expand: { left: 1000, right: 0, top: 0, bottom: 0 } } };
    const target = { ...node('5:5'), pixels: { width: 4096, height: 1638 }, recipe: { ...recipe, request } };
    open('open');
    panel.hear({ type: 'selected', subject: { kind: 'image', target } });
    panel.compare();
    giveAfter(5);
    await until(() => state().comparison !== undefined);
    expect(compared()).toBeUndefined();
  });

  it('that was closed meanwhile has no pictures', async () => {
    open('open');
    panel.hear({ type: 'selected', subject: result });
    panel.compare();
    panel.show('work');
    giveAfter(5);
    await until(() => server.calls.some(({ path }) => path.startsWith('/v1/assets/')));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(state().comparison).toBeUndefined();
    panel.compare();
    expect(dropped).toEqual([]);
  });
});

it('checks the connection to an end where an answer breaks off', async () => {
  server.script.push(Response.json({ ok: true }), brokenOff());
  open('open');
  panel.check();
  await until(() => state().checks.length > 0 && !state().checking);
  expect(state().checks.find((check) => check.state === 'bad')).toMatchObject({ stage: 'model', trouble: 'broken' });
});

it('looks what the server has loaded by now where a recipe is restored', async () => {
  open('open');
  await until(() => state().checks.length > 0 && !state().checking);
  panel.hear({ type: 'selected', subject: result });
  const before = server.calls.length;
  panel.restore();
  await until(() => server.calls.length > before);
});

it('forgets what another server has loaded', () => {
  open('open');
  panel.store.act({ type: 'models', models: { models: [], device: 'cpu', deviceReason: '' } });
  panel.saveSettings({ variants: 2 });
  expect(state().models).toBeDefined();
  panel.saveSettings({ server: 'http://elsewhere.test' });
  expect(state().models).toBeUndefined();
});

it('asks for words where a recipe of words is restored, whose button is then gone', () => {
  open('open');
  const words = { ...recipe, panel: { task: 'generate' } };
  panel.hear({ type: 'selected', subject: { kind: 'image', target: { ...node('5:5'), recipe: words } } });
  const before = state().asksForWords;
  panel.restore();
  expect(state()).toMatchObject({ forced: 'generate', asksForWords: before + 1 });
});

it('offers words for a new garment whatever is selected, and what is selected again', () => {
  open('open');
  panel.hear({ type: 'selected', subject: result });
  panel.makeNew();
  expect(taskFor(state())).toBe('generate');
  expect(state().asksForWords).toBe(1);
  panel.backToSelection();
  expect(taskFor(state())).toBe('vary');
});

it('swaps the two pictures of a pair', () => {
  panel.hear({ type: 'selected', subject: { kind: 'pair', target: node('1:1'), other: node('1:2') } });
  panel.swap();
  expect(state().subject).toMatchObject({ target: { id: '1:2' }, other: { id: '1:1' } });
});

it('keeps its settings with the other half', () => {
  open('open');
  panel.saveSettings({ language: 'zh' });
  expect(said.at(-1)).toMatchObject({ type: 'save-settings', settings: { language: 'zh', server: SERVER.url } });
});
