/** Jobs from the press of a button to their end, with the other half and the server played by fakes. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Recipe, Subject, ToPanel, ToSandbox, TrackedJob, UntoldJob } from '../../../plugin/messages.js';
import { firstControls, type Controls, type Task } from '../../../plugin/ui/controls.js';
import { createDesk, type Desk } from '../../../plugin/ui/jobs/desk.js';
import { makeOrder, makeOrderAgain } from '../../../plugin/ui/jobs/order.js';
import type { Draw } from '../../../plugin/ui/pictures/draw.js';
import { PanelError } from '../../../plugin/ui/problem.js';
import { createStore, type Store } from '../../../plugin/ui/store.js';
import { brokenOff, createFakeServer, SERVER, until, variant } from './fake-server.js';

const node = (id: string) => ({ id, name: `node ${id}`, width: 8, height: 8, look: 'image' as const });
const shapes: Subject = { kind: 'shapes', target: node('1:1'), shapes: [node('2:1')] };
const nothing: Subject = { kind: 'nothing' };

let server: ReturnType<typeof createFakeServer>;
let store: Store;
let said: ToSandbox[];
let desk: Desk;
let drawn: string[];
let tickets: number;
let draw: Draw;

const drawPlainly: Draw = {
  original: async ({ bytes }) => (drawn.push('original'), { bytes, width: 8, height: 8, redrawn: false }),
  seen: async ({ bytes }) => (drawn.push('seen'), { bytes, width: 8, height: 8, redrawn: true }),
  mask: async (_, __, masks) => {
    if (masks.length === 0) throw new PanelError({ code: 'shape-outside', detail: '' });
    return new Uint8Array([9]);
  },
  forCanvas: async (bytes) => bytes,
  sizeOf: async () => ({ width: 8, height: 8 }),
};

/** What the sandbox keeps for the next opening. */
function untold(): UntoldJob[] {
  const jobs = new Map<string, UntoldJob>();
  for (const message of said) {
    if (message.type === 'untold') jobs.set(message.job.ticket, message.job);
    if (message.type === 'told') jobs.delete(message.ticket);
  }
  return [...jobs.values()];
}

function say(message: ToSandbox): void {
  said.push(message);
  if (message.type === 'list-untold') queueMicrotask(() => desk.hear({ type: 'untold', jobs: untold() }));
}

/** What is waited for until it is let go, or stopped. */
let waits: (() => void)[];
const tryAgain = () => waits.splice(0).forEach((go) => go());
const wait = (_: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    signal?.throwIfAborted();
    waits.push(resolve);
    signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
  });

/** @param fetch how the server is reached until the plugin is closed */
function openWith(fetch: typeof globalThis.fetch, patience = wait): void {
  desk = createDesk({ store, say, draw, makeTicket: () => `t${++tickets}`, fetch, wait: patience });
}

/** Long enough for whatever comes of what was done. */
const rest = () => new Promise((resolve) => setTimeout(resolve, 30));

beforeEach(() => {
  waits = [];
  server = createFakeServer();
  store = createStore();
  store.act({
    type: 'opened',
    version: '1',
    settings: { server: SERVER.url, key: SERVER.key, language: 'en', variants: 4 },
  });
  said = [];
  drawn = [];
  draw = { ...drawPlainly };
  tickets = 0;
  desk = createDesk({
    store,
    say,
    draw,
    makeTicket: () => `t${++tickets}`,
    fetch: server.fetch,
    wait: async () => undefined,
    now: () => 0,
  });
});

const start = (subject: Subject, task: Task, change: Partial<Controls> = {}) =>
  desk.start(makeOrder(subject, task, { ...firstControls, variants: 2, ...change }, (one) => one));
const began = (ticket: string, rest: Partial<Extract<ToPanel, { type: 'began' }>> = {}) => {
  const shape = {
    name: 's',
    toBase: [
      [1, 0, 0],
      [0, 1, 0],
    ],
    opacity: 1,
    blur: 0,
    drawn: { as: 'paths', paths: [] },
  } as const;
  const toBase: [[number, number, number], [number, number, number]] = [
    [1, 0, 0],
    [0, 1, 0],
  ];
  desk.hear({
    type: 'began',
    ticket,
    row: `row-${ticket}`,
    base: { way: 'fill', name: 'p', bytes: new Uint8Array([1]), node: { width: 8, height: 8 }, scaleMode: 'FILL' },
    masks: [{ ...shape, toBase, drawn: { as: 'paths', paths: [] } }],
    others: [],
    ...rest,
  });
};
const types = () => said.map(({ type }) => type);
const phase = () => store.state().jobs.at(-1)?.phase;
const listening = (count = 1) => until(() => server.streams.length === count);

describe('a job', () => {
  it('lays out its row before anything is sent, then tracks, previews, lands and settles', async () => {
    const ticket = start(shapes, 'edit');
    expect(types()).toEqual(['begin']);
    expect(server.calls).toEqual([]);
    began(ticket);
    await listening();
    expect(types()).toEqual(['begin', 'track', 'track', 'track']);
    server.send(1, { type: 'started' });
    server.send(2, { type: 'preview', variant: 0, pass: 3, asset: 'f'.repeat(32) });
    await until(() => types().includes('preview'));
    server.send(3, { type: 'variant', variant: 0, ...variant(0, { changedOutside: 0 }) });
    server.send(4, { type: 'variant', variant: 1, ...variant(1, { changedOutside: 0 }) });
    server.send(5, { type: 'done' });
    await until(() => types().includes('settle'));
    expect(types().slice(4)).toEqual(['preview', 'land', 'land', 'settle']);
    expect(phase()).toEqual({ state: 'done', kept: 'outside', changed: 0 });
    expect(store.state().jobs.at(-1)?.landed).toBe(2);
    const land = said.find((message) => message.type === 'land');
    expect(land).toMatchObject({
      recipe: { job: 'job-1', seed: 7, variant: 0, changedOutside: 0, panel: { task: 'edit' } },
    });
    expect(land).toMatchObject({ row: 'row-t1', recipe: { parent: '1:1', selectedWith: ['2:1'] } });
    expect(store.state().jobs.at(-1)).toMatchObject({ row: 'row-t1', made: { server: SERVER.url, job: 'job-1' } });
    expect(land?.type === 'land' && land.recipe.request).toMatchObject({ seed: 7, base: { mask: expect.any(String) } });
  });

  it('has as many pictures in the end as the other half has found on the canvas', async () => {
    began(start(nothing, 'generate'));
    await listening();
    server.send(1, { type: 'variant', variant: 0, ...variant(0) });
    server.send(2, { type: 'variant', variant: 1, ...variant(1) });
    server.send(3, { type: 'done' });
    await until(() => types().includes('settle'));
    desk.hear({ type: 'settled', row: 'another', pictures: 7 });
    expect(store.state().jobs.at(-1)?.landed).toBe(2);
    desk.hear({ type: 'settled', row: 'row-t1', pictures: 1 });
    expect(store.state().jobs.at(-1)?.landed).toBe(1);
  });

  it.each([
    ['shall be selected at its end', 'red dress', true],
    ['is left alone where the next words are being typed', 'red dress, lo', false],
  ])('%s', async (_, typed, select) => {
    const words = { ...firstControls.words, generate: 'red dress' };
    store.act({ type: 'controls', change: { words } });
    began(start(nothing, 'generate', { words }));
    await listening();
    store.act({ type: 'controls', change: { words: { ...words, generate: typed } } });
    server.send(1, { type: 'variant', variant: 0, ...variant(0) });
    server.send(2, { type: 'done' });
    await until(() => types().includes('settle'));
    expect(said.at(-1)).toEqual({ type: 'settle', row: 'row-t1', select });
  });

  it('that asked for nothing leaves the words of each picture in its recipe, as if they had been asked for', async () => {
    began(start(nothing, 'generate'));
    await listening();
    server.send(1, { type: 'variant', variant: 0, ...variant(0, { prompt: 'olive cargo shorts' }) });
    server.send(2, { type: 'variant', variant: 1, ...variant(1, { prompt: 'red saree' }) });
    server.send(3, { type: 'done' });
    await until(() => types().includes('settle'));
    const recipes = said.flatMap((message) => (message.type === 'land' ? [message.recipe] : []));
    expect(recipes.map(({ request }) => request['prompt'])).toEqual(['olive cargo shorts', 'red saree']);
    expect(recipes.map(({ panel }) => panel['words'])).toEqual([
      { ...firstControls.words, generate: 'olive cargo shorts' },
      { ...firstControls.words, generate: 'red saree' },
    ]);
  });

  it('leaves in its recipes which bundle made each, where the server says so', async () => {
    began(start(nothing, 'generate'));
    await listening();
    const bundle = { name: 'garments', checksum: 'c1' };
    server.send(1, { type: 'variant', variant: 0, ...variant(0, { bundle }) });
    server.send(2, { type: 'variant', variant: 1, ...variant(1) });
    server.send(3, { type: 'done' });
    await until(() => types().includes('settle'));
    const recipes = said.flatMap((message) => (message.type === 'land' ? [message.recipe] : []));
    expect(recipes.map((recipe) => recipe.bundle)).toEqual([bundle, undefined]);
  });

  it('whose prompt was longer than the model takes ends with the words that it did not hear', async () => {
    began(start(nothing, 'generate'));
    await listening();
    server.send(1, { type: 'variant', variant: 0, ...variant(0, { unheard: 'and a green belt' }) });
    server.send(2, { type: 'variant', variant: 1, ...variant(1, { unheard: 'and a green belt' }) });
    server.send(3, { type: 'done' });
    await until(() => types().includes('settle'));
    expect(phase()).toEqual({ state: 'done', unheard: 'and a green belt' });
  });

  it('whose prompt held words that the model has not learned ends with those', async () => {
    began(start(nothing, 'generate'));
    await listening();
    server.send(1, { type: 'variant', variant: 0, ...variant(0, { unfamiliar: ['robe', 'rouge'] }) });
    server.send(2, { type: 'variant', variant: 1, ...variant(1, { unfamiliar: ['robe', 'rouge'] }) });
    server.send(3, { type: 'done' });
    await until(() => types().includes('settle'));
    expect(phase()).toEqual({ state: 'done', unfamiliar: ['robe', 'rouge'] });
  });

  it('whose variants are one picture has it land once, and says so', async () => {
    const expand = { left: 1, right: 0, top: 0, bottom: 0 };
    began(start({ kind: 'image', target: node('1:1') }, 'expand', { expand }));
    await listening();
    const made = { asset: 'c'.repeat(32), alike: true, changedOutside: 0 };
    server.send(1, { type: 'variant', variant: 0, ...variant(0, made) });
    server.send(2, { type: 'variant', variant: 1, ...variant(1, made) });
    server.send(3, { type: 'done' });
    await until(() => types().includes('settle'));
    expect(said.flatMap((message) => (message.type === 'land' ? [message.variant] : []))).toEqual([0]);
    expect(said).toContainEqual(expect.objectContaining({ type: 'land', alike: true }));
    expect(phase()).toEqual({ state: 'done', kept: 'original', changed: 0, alike: true });
    expect(store.state().jobs.at(-1)?.landed).toBe(1);
  });

  it('asks for its pictures by the ticket, as an edit of the own bytes of the image', async () => {
    began(start(shapes, 'edit'));
    await listening();
    expect(drawn).toEqual(['original']);
    const [submitted] = server.to('POST', '/v1/generations');
    expect(submitted?.headers.get('idempotency-key')).toBe('t1');
    expect(JSON.parse(String(submitted?.body))).toMatchObject({ previews: 2, variants: 2 });
  });

  it.each([
    ['an edit of pixels that are not the image’s own', 'edit', true, true],
    ['an edit of the image’s own bytes', 'edit', false, false],
    ['an expansion of what a crop shows', 'expand', true, true],
    ['a pattern over a rendered frame', 'pattern', true, true],
    ['variations, of which nothing is claimed,', 'vary', true, false],
  ] as const)('says of %s whether it was redrawn: %s', async (_, task, redrawn, said_) => {
    draw.original = async ({ bytes }) => ({ bytes, width: 8, height: 8, redrawn });
    const pair: Subject = { kind: 'pair', target: node('1:1'), other: node('1:2') };
    const subject =
      task === 'pattern' ? pair : task === 'edit' ? shapes : { kind: 'image' as const, target: node('1:1') };
    const expand = { left: 0, right: 1, top: 0, bottom: 0 };
    const other = {
      way: 'export',
      name: 'o',
      bytes: new Uint8Array([2]),
      node: { width: 8, height: 8 },
      scale: 1,
    } as const;
    began(start(subject, task, { expand }), { others: task === 'pattern' ? [other] : [] });
    await listening();
    expect(store.state().jobs.at(-1)?.redrawn).toBe(said_);
    server.send(1, { type: 'variant', variant: 0, ...variant(0, { changedOutside: 0 }) });
    await until(() => types().includes('land'));
    const land = said.find((message) => message.type === 'land');
    expect(land?.type === 'land' && land.recipe.redrawn).toBe(said_ ? true : undefined);
    // found again after the plugin was closed
    const kept = said.flatMap((message) => (message.type === 'track' ? [message.job] : [])).at(-1);
    if (!kept) throw new Error('the row kept nothing');
    await desk.cancel('t1');
    desk.resume('row', { ...kept, ticket: 'found' });
    expect(store.state().jobs.at(-1)?.redrawn).toBe(said_);
  });

  it('that makes more of a result says as that one does that its source was redrawn', async () => {
    const request = { base: { asset: 'a'.repeat(32), mask: 'b'.repeat(32) }, variants: 2, seed: 7 };
    const recipe: Recipe = {
      ...{ version: 1, server: SERVER.url, job: 'j', request, variant: 0, seed: 7, relevance: 0, fidelity: 0 },
      ...{ passes: 1, madeAt: '', panel: { task: 'edit' }, redrawn: true },
    };
    began(desk.start(makeOrderAgain({ ...node('5:5'), recipe }, recipe, { ...firstControls, variants: 2 })));
    await listening();
    expect(store.state().jobs.at(-1)?.redrawn).toBe(true);
  });

  it('sends no picture twice in a session', async () => {
    began(start(shapes, 'edit'));
    await listening();
    began(start(shapes, 'edit'));
    await listening(2);
    expect(server.assets).toHaveLength(2);
  });

  it('sends pictures again that the server has lost', async () => {
    began(start(shapes, 'edit'));
    await listening();
    const ticket = start(shapes, 'edit');
    server.script.push(server.failure(404, 'unknown_asset'));
    began(ticket);
    await listening(2);
    expect(server.assets).toHaveLength(4);
  });

  it('is told off before any upload where the shape lies beside the picture', async () => {
    began(start(shapes, 'edit'), { masks: [] });
    await until(() => phase()?.state === 'failed');
    expect(phase()).toMatchObject({ problem: { code: 'shape-outside' } });
    expect(server.calls).toEqual([]);
    expect(said.at(-1)).toMatchObject({ type: 'settle', row: 'row-t1' });
  });

  it('fails as the other half says', async () => {
    const ticket = start(shapes, 'edit');
    desk.hear({ type: 'failed', code: 'node-gone', detail: '1:1', ticket });
    await until(() => phase()?.state === 'failed');
    expect(types()).toEqual(['begin']);
  });

  it('that makes more of a result leaves in its recipes what that was made with, whatever is typed by now', async () => {
    const words = { ...firstControls.words, generate: 'polo' };
    const recipe: Recipe = {
      version: 1,
      server: SERVER.url,
      job: 'j',
      request: { prompt: 'polo', seed: 7 },
      variant: 0,
      seed: 7,
      relevance: 0,
      fidelity: 0,
      passes: 1,
      madeAt: '',
      panel: { task: 'generate', words, variants: 4 },
    };
    const controls = { ...firstControls, variants: 2, words: { ...words, generate: 'jeans' } };
    began(desk.start(makeOrderAgain({ ...node('5:5'), recipe }, recipe, controls)));
    await listening();
    const track = said.find((message) => message.type === 'track');
    expect(track).toMatchObject({ job: { count: 2, panel: { task: 'generate', words, variants: 2 } } });
  });

  it('runs beside others', async () => {
    const first = start(nothing, 'generate');
    const second = start(nothing, 'generate');
    began(second);
    began(first);
    await listening(2);
    const rows = new Set(said.flatMap((m) => (m.type === 'track' ? [`${m.row} ${m.job.ticket}`] : [])));
    expect([...rows].sort()).toEqual(['row-t1 t1', 'row-t2 t2']);
  });
});

describe('a failed job', () => {
  it('is tried again under its first name where it may have arrived', async () => {
    server.script.push(...Array<'broken'>(6).fill('broken'));
    const ticket = start(nothing, 'generate');
    began(ticket);
    await until(() => phase()?.state === 'failed');
    desk.retry(ticket);
    began('t2');
    await listening();
    expect(server.to('POST', '/v1/generations').at(-1)?.headers.get('idempotency-key')).toBe('t1');
    expect(store.state().jobs).toHaveLength(1);
  });

  it.each(['comes', 'is lost too'])(
    'is another one where its pictures have changed since it arrived, also where the next answer %s',
    async (next) => {
      const keysSent = () => server.to('POST', '/v1/generations').map(({ headers }) => headers.get('idempotency-key'));
      let lost = 6;
      const losing: typeof globalThis.fetch = async (input, init) => {
        const answer = await server.fetch(input, init);
        const isTaken = String(input).endsWith('/v1/generations') && answer.ok;
        if (isTaken && lost-- > 0) throw new TypeError('fetch failed');
        return answer;
      };
      const makeTicket = () => `t${++tickets}`;
      const wait = async () => undefined;
      desk = createDesk({ store, say: (m) => said.push(m), draw, makeTicket, fetch: losing, wait });
      began(start(shapes, 'edit'));
      await until(() => phase()?.state === 'failed');
      expect(keysSent()).toEqual(Array(6).fill('t1'));
      if (next === 'is lost too') lost = 6;
      draw.mask = async () => new Uint8Array([10]);
      desk.retry('t1');
      began('t2');
      if (next === 'comes') {
        await listening();
        expect(keysSent().slice(6)).toEqual(['t1', 't2']);
        expect([...server.jobs.values()].map(({ state }) => state)).toEqual(['cancelled', 'queued']);
        return;
      }
      await until(() => phase()?.state === 'failed');
      desk.retry('t2');
      began('t3');
      await listening();
      expect(keysSent().slice(6)).toEqual(['t1', ...Array<string>(6).fill('t2'), 't2']);
      expect(server.jobs.size).toBe(2);
    },
  );

  it('is made anew also where the job that its first try has become is gone', async () => {
    server.script.push(...Array<'broken'>(6).fill('broken'));
    began(start(nothing, 'generate'));
    await until(() => phase()?.state === 'failed');
    server.script.push(server.failure(409, 'idempotency_conflict', { job: 'job-0' }));
    desk.retry('t1');
    began('t2');
    await listening();
    expect(server.to('DELETE', '/v1/generations/job-0')).toHaveLength(1);
    expect(server.jobs.size).toBe(1);
  });

  describe('whose first try turns out to have arrived, with other pictures,', () => {
    const states = () => [...server.jobs.values()].map(({ state }) => state);

    /** @param onConflict told of the answer that says so */
    async function tryAgainWithOthers(onConflict: () => void): Promise<void> {
      let lost = 6;
      const losing: typeof globalThis.fetch = async (input, init) => {
        const answer = await server.fetch(input, init);
        if (answer.status === 409) onConflict();
        if (String(input).endsWith('/v1/generations') && lost-- > 0) throw new TypeError('fetch failed');
        return answer;
      };
      openWith(losing, async () => undefined);
      began(start(shapes, 'edit'));
      await until(() => phase()?.state === 'failed');
      draw.mask = async () => new Uint8Array([10]);
      desk.retry('t1');
      began('t2');
    }

    it('leaves nothing on the server where it is cancelled at that moment', async () => {
      await tryAgainWithOthers(() => void desk.cancel('t2'));
      await until(() => phase()?.state === 'cancelled');
      await until(() => untold().length === 0);
      expect(states()).toEqual(['cancelled']);
      expect(types()).toContain('settle');
    });

    it('has that stopped, though the server fails at it first, and doesn’t wait for it', async () => {
      await tryAgainWithOthers(() => server.script.push(server.failure(500, 'internal')));
      await listening();
      await until(() => untold().length === 0);
      expect(states()).toEqual(['cancelled', 'queued']);
      expect(server.to('DELETE', '/v1/generations/job-1')).toHaveLength(2);
    });

    it('leaves that to the next opening where the plugin is closed before it is stopped', async () => {
      await tryAgainWithOthers(() => server.script.push(server.failure(400, 'invalid_request')));
      await listening();
      expect(untold()).toEqual([{ ticket: 't1', server: SERVER.url, job: 'job-1' }]);
    });
  });

  it('is tried again under a new name where the server has failed it', async () => {
    const ticket = start(nothing, 'generate');
    began(ticket);
    await listening();
    server.send(1, { type: 'failed', error: { code: 'engine_failed', message: 'out of memory' } });
    await until(() => phase()?.state === 'failed');
    expect(phase()).toMatchObject({ problem: { code: 'engine_failed', detail: 'out of memory', job: 'job-1' } });
    desk.retry(ticket);
    began('t2');
    await listening(2);
    expect(server.to('POST', '/v1/generations').at(-1)?.headers.get('idempotency-key')).toBe('t2');
  });
});

describe('what is made', () => {
  const landedOnes = () => said.flatMap((message) => (message.type === 'land' ? [message.variant] : []));

  it('lands where its download breaks off, and where another picture is lost', async () => {
    began(start(nothing, 'generate'));
    await listening();
    server.script.push(brokenOff());
    server.send(1, { type: 'variant', variant: 0, ...variant(0) });
    await until(() => landedOnes().length === 1);
    server.script.push(server.failure(404, 'unknown_asset'));
    server.send(2, { type: 'variant', variant: 1, ...variant(1) });
    server.send(3, { type: 'variant', variant: 2, ...variant(2) });
    server.send(4, { type: 'done' });
    await until(() => phase()?.state === 'failed');
    expect(landedOnes()).toEqual([0, 2]);
    expect(phase()).toMatchObject({ problem: { code: 'unknown_asset' } });
    expect(types().at(-1)).toBe('settle');
    expect(store.state().jobs.at(-1)?.landed).toBe(2);
  });

  it('waits for a key that its server has come to want, and says so', async () => {
    const waits: (() => void)[] = [];
    const wait = () => new Promise<void>((resolve) => waits.push(resolve));
    desk = createDesk({ store, say: (m) => said.push(m), draw, makeTicket: () => 't', fetch: server.fetch, wait });
    began(start(nothing, 'generate'));
    await listening();
    server.script.push(server.failure(403, 'forbidden_origin', { needs: 'key' }));
    server.send(1, { type: 'variant', variant: 0, ...variant(0) });
    await until(() => phase()?.state === 'held');
    expect(phase()).toMatchObject({ code: 'forbidden_origin', needs: 'key' });
    waits.splice(0).forEach((go) => go());
    await until(() => landedOnes().length === 1);
  });

  it('lands though the job failed later', async () => {
    began(start(nothing, 'generate'));
    await listening();
    server.send(1, { type: 'variant', variant: 0, ...variant(0) });
    server.send(2, { type: 'failed', error: { code: 'engine_failed', message: 'out of memory' } });
    await until(() => phase()?.state === 'failed');
    expect(types().slice(-3)).toEqual(['track', 'land', 'settle']);
    expect(phase()).toMatchObject({ problem: { code: 'engine_failed' } });
  });

  it('lands of a job that failed while the plugin was closed', async () => {
    const error = { code: 'engine_failed', message: 'out of memory' };
    const variants = [variant(0), variant(1)];
    server.jobs.set('job-1', { id: 'job-1', state: 'failed', progress: 0.7, request: {}, variants, error });
    const tracked = { ticket: 'old', server: SERVER.url, job: 'job-1', name: 'navy polo', count: 3, panel: {} };
    desk.resume('row', tracked);
    await until(() => phase()?.state === 'failed');
    expect(landedOnes()).toEqual([0, 1]);
    expect(types()).toEqual(['land', 'land', 'settle']);
  });
});

describe('cancelling', () => {
  it('stops the work on the server, and clears the row', async () => {
    const ticket = start(nothing, 'generate');
    began(ticket);
    await listening();
    await desk.cancel(ticket);
    expect(server.jobs.get('job-1')?.['state']).toBe('cancelled');
    await until(() => phase()?.state === 'cancelled');
    expect(said).toContainEqual(expect.objectContaining({ type: 'settle', row: 'row-t1' }));
  });

  it('before the row is there clears the row as soon as it comes', async () => {
    const ticket = start(nothing, 'generate');
    await desk.cancel(ticket);
    began(ticket);
    await until(() => phase()?.state === 'cancelled');
    expect(said.at(-1)).toEqual({ type: 'settle', row: 'row-t1' });
    expect(server.calls).toEqual([]);
  });

  it('while the request is on its way cancels the job that comes of it, though the server be away then', async () => {
    let answer = (): void => undefined;
    const slow = createFakeServer();
    server = slow;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await slow.fetch(input, init);
      if (init?.method === 'POST') await new Promise<void>((resolve) => (answer = resolve));
      return response;
    };
    desk = createDesk({
      store,
      say: (m) => said.push(m),
      draw,
      makeTicket: () => 't1',
      fetch,
      wait: async () => undefined,
    });
    const ticket = start(nothing, 'generate');
    began(ticket);
    await until(() => slow.to('POST', '/v1/generations').length === 1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await desk.cancel(ticket);
    slow.script.push(...Array<'broken'>(20).fill('broken'));
    answer();
    await until(() => slow.jobs.get('job-1')?.['state'] === 'cancelled');
    await until(() => phase()?.state === 'cancelled');
  });

  describe('while the server is away', () => {
    beforeEach(async () => {
      openWith(server.fetch);
      began(start(nothing, 'generate'));
      await listening();
    });

    it('leaves the job cancelled and says that the server doesn’t know, until it does', async () => {
      server.script.push(...Array<'broken'>(20).fill('broken'));
      void desk.cancel('t1');
      for (let n = 0; n < 20; n++) {
        await until(() => waits.length > 0);
        expect(phase()).toEqual({ state: 'cancelled', untold: true });
        tryAgain();
      }
      await until(() => server.jobs.get('job-1')?.['state'] === 'cancelled');
      await until(() => JSON.stringify(phase()) === JSON.stringify({ state: 'cancelled', untold: false }));
      expect(said).toContainEqual(expect.objectContaining({ type: 'settle', row: 'row-t1' }));
    });

    it('says so too where the server fails at it', async () => {
      server.script.push(server.failure(400, 'invalid_request'));
      await desk.cancel('t1');
      expect(phase()).toEqual({ state: 'cancelled', untold: true });
    });

    it('is well where the server knows no such job any more', async () => {
      server.script.push('broken', server.failure(404, 'unknown_job'));
      const cancelled = desk.cancel('t1');
      await until(() => waits.length > 0);
      tryAgain();
      await cancelled;
      expect(phase()).toEqual({ state: 'cancelled', untold: false });
    });

    it('goes on with the key that the server has come to want', async () => {
      server.script.push(server.failure(401, 'unauthorized'));
      void desk.cancel('t1');
      await until(() => waits.length > 0);
      desk.useKey({ url: SERVER.url, key: 'new' });
      tryAgain();
      await until(() => server.jobs.get('job-1')?.['state'] === 'cancelled');
      expect(server.calls.at(-1)?.headers.get('authorization')).toBe('Bearer new');
    });

    it('is given up where the row has come back meanwhile, and the job is followed again', async () => {
      const job = said.flatMap((message) => (message.type === 'track' ? [message.job] : [])).at(-1);
      if (!job) throw new Error('the row kept nothing');
      server.script.push('broken');
      desk.hear({ type: 'row-gone', row: 'row-t1' });
      await until(() => waits.length > 0);
      desk.resume('row-t1', job);
      await listening(2);
      expect(server.to('DELETE', '/v1/generations/job-1')).toHaveLength(1);
      expect(server.to('POST', '/v1/generations')).toHaveLength(1);
      expect(store.state().jobs.map(({ phase: { state } }) => state)).toEqual(['waiting']);
    });
  });

  it('follows from removing the row, of which nothing more is said then', async () => {
    began(start(nothing, 'generate'));
    await listening();
    desk.hear({ type: 'row-gone', row: 'row-t1' });
    await until(() => phase()?.state === 'cancelled');
    await until(() => server.jobs.get('job-1')?.['state'] === 'cancelled');
    expect(types()).not.toContain('settle');
    expect(store.state().jobs.at(-1)?.row).toBeUndefined();
  });
});

describe('a job that was cancelled before its server heard of it', () => {
  const never = () => new Promise<never>(() => undefined);
  const kept = () => said.flatMap((message) => (message.type === 'track' ? [message.job] : [])).at(-1);
  const submissions = () => server.to('POST', '/v1/generations');

  /** Another run of the plugin. */
  function reopen(): UntoldJob[] {
    const left = untold();
    openWith(server.fetch);
    desk.stopLeft(left);
    return left;
  }

  it('is kept until it has', async () => {
    began(start(nothing, 'generate'));
    await listening();
    const cancelled = desk.cancel('t1');
    // before its row goes
    expect(said.at(-1)).toEqual({ type: 'untold', job: { ticket: 't1', server: SERVER.url, job: 'job-1' } });
    await cancelled;
    expect(untold()).toEqual([]);
  });

  it('is stopped at the next opening', async () => {
    openWith(server.fetch);
    began(start(nothing, 'generate'));
    await listening();
    server.script.push('broken');
    void desk.cancel('t1');
    await until(() => types().includes('settle'));
    expect(reopen()).toHaveLength(1);
    await until(() => untold().length === 0);
    expect(server.jobs.get('job-1')?.['state']).toBe('cancelled');
    expect(server.calls.at(-1)?.headers.get('authorization')).toBe(`Bearer ${SERVER.key}`);
  });

  it('and before an answer has come leaves no row behind, and is sent again to be stopped', async () => {
    openWith(async (input, init) => (String(input).endsWith('/v1/generations') ? never() : server.fetch(input, init)));
    began(start(nothing, 'generate'));
    await until(() => kept()?.submission !== undefined);
    await desk.cancel('t1');
    await until(() => types().includes('settle'));
    expect(phase()).toMatchObject({ state: 'cancelled' });
    expect(reopen()).toMatchObject([{ ticket: 't1', submission: { key: 't1' } }]);
    await until(() => untold().length === 0);
    expect(submissions().map(({ headers }) => headers.get('idempotency-key'))).toEqual(['t1']);
    expect([...server.jobs.values()].map(({ state }) => state)).toEqual(['cancelled']);
  });

  it('and whose answer was lost is stopped as soon as the server is back', async () => {
    let lost = 2;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const answer = await server.fetch(input, init);
      if (String(input).endsWith('/v1/generations') && lost-- > 0) throw new TypeError('fetch failed');
      return answer;
    };
    openWith(fetch);
    began(start(nothing, 'generate'));
    await until(() => waits.length === 1);
    void desk.cancel('t1');
    await until(() => waits.length === 2);
    expect(phase()).toEqual({ state: 'cancelled', untold: true });
    tryAgain();
    await until(() => untold().length === 0);
    expect(phase()).toEqual({ state: 'cancelled', untold: false });
    expect([...server.jobs.values()].map(({ state }) => state)).toEqual(['cancelled']);
  });

  it.each([
    ['full', 429, 'queue_full'],
    ['without its pictures', 404, 'unknown_asset'],
  ])('is none to a server that is %s when it is sent again', async (_, status, code) => {
    openWith(server.fetch);
    server.script.push(server.failure(429, 'queue_full'), server.failure(status, code));
    began(start(nothing, 'generate'));
    await until(() => phase()?.state === 'held');
    await desk.cancel('t1');
    await until(() => submissions().length === 2 && untold().length === 0);
    expect(server.jobs.size).toBe(0);
    expect(phase()).toEqual({ state: 'cancelled', untold: false });
  });

  it('has its row go where that lies there still, and doesn’t come back', async () => {
    began(start(nothing, 'generate'));
    await listening();
    const job = kept();
    if (!job) throw new Error('the row kept nothing');
    said = [{ type: 'untold', job: { ticket: 't1', server: SERVER.url, job: 'job-1' } }];
    store.act({ type: 'job-gone', ticket: 't1' });
    reopen();
    desk.resume('row-t1', job);
    expect(said.at(-1)).toEqual({ type: 'settle', row: 'row-t1' });
    expect(store.state().jobs).toEqual([]);
    await until(() => server.jobs.get('job-1')?.['state'] === 'cancelled');
    expect(server.streams).toHaveLength(1);
  });

  it('is left for the opening after that where its server fails at it, and not where it knows no such job', async () => {
    const left = { ticket: 't1', server: SERVER.url, job: 'job-1' };
    said = [{ type: 'untold', job: left }];
    server.script.push(server.failure(400, 'invalid_request'));
    reopen();
    await until(() => server.calls.length === 1);
    await rest();
    expect(untold()).toEqual([left]);
    expect(types()).not.toContain('told');
    reopen();
    await until(() => untold().length === 0);
  });

  it('is told again, as are the others at its server, once the designer has given another key', async () => {
    const jobs = ['a', 'b'].map((ticket) => ({ ticket, server: SERVER.url, job: `job-${ticket}` }));
    said = jobs.map((job) => ({ type: 'untold', job }));
    server.script.push(server.failure(401, 'unauthorized'));
    reopen();
    await until(() => server.calls.length === 1);
    await rest();
    const use = (settings: { url: string; key: string }) => {
      const { url, key } = settings;
      store.act({ type: 'settings', settings: { server: url, key, language: 'en', variants: 4 } });
      desk.useKey(settings);
    };
    // the same, and another server's
    use(SERVER);
    use({ url: 'http://elsewhere.test', key: 'new' });
    await rest();
    expect(server.calls).toHaveLength(1);
    use({ url: SERVER.url, key: 'new' });
    await until(() => untold().length === 0);
    expect(server.calls.slice(1).map(({ path }) => path)).toEqual(['/v1/generations/job-a', '/v1/generations/job-b']);
    expect(server.calls.at(-1)?.headers.get('authorization')).toBe('Bearer new');
  });

  it('is told again where the other key came before its server had refused the first', async () => {
    said = [{ type: 'untold', job: { ticket: 'a', server: SERVER.url, job: 'job-a' } }];
    let refuse: (answer: Response) => void = () => undefined;
    const refusal = new Promise<Response>((resolve) => (refuse = resolve));
    let calls = 0;
    openWith((input, init) => (calls++ === 0 ? refusal : server.fetch(input, init)));
    desk.stopLeft(untold());
    await until(() => calls === 1);
    store.act({ type: 'settings', settings: { server: SERVER.url, key: 'new', language: 'en', variants: 4 } });
    desk.useKey({ url: SERVER.url, key: 'new' });
    refuse(server.failure(403, 'forbidden_origin'));
    await until(() => untold().length === 0);
    expect(calls).toBe(2);
  });

  it('is told again where the other key came while it was asked whether it is still untold', async () => {
    said = [{ type: 'untold', job: { ticket: 'a', server: SERVER.url, job: 'job-a' } }];
    server.script.push(server.failure(401, 'unauthorized'));
    desk.stopLeft(untold());
    store.act({ type: 'settings', settings: { server: SERVER.url, key: 'new', language: 'en', variants: 4 } });
    desk.useKey({ url: SERVER.url, key: 'new' });
    await until(() => untold().length === 0);
    expect(server.calls.map(({ headers }) => headers.get('authorization'))).toEqual([
      `Bearer ${SERVER.key}`,
      'Bearer new',
    ]);
  });

  it('is left for the next opening where its server wants another key, as are the others there', async () => {
    const jobs = ['a', 'b'].map((ticket) => ({ ticket, server: SERVER.url, job: `job-${ticket}` }));
    const elsewhere = { ticket: 'c', server: 'http://elsewhere.test', job: 'job-c' };
    said = [...jobs, elsewhere].map((job) => ({ type: 'untold', job }));
    server.script.push(server.failure(401, 'unauthorized'));
    reopen();
    await until(() => untold().length === 2);
    await rest();
    expect(untold()).toEqual(jobs);
    expect(server.calls.map(({ path }) => path)).toEqual(['/v1/generations/job-a', '/v1/generations/job-c']);
    expect(waits).toEqual([]);
  });

  it('is stopped before the next one at the same server', async () => {
    const jobs = ['a', 'b'].map((ticket) => ({ ticket, server: SERVER.url, job: `job-${ticket}` }));
    said = jobs.map((job) => ({ type: 'untold', job }));
    server.script.push('broken');
    reopen();
    await until(() => waits.length === 1);
    await rest();
    expect(server.calls).toHaveLength(1);
    tryAgain();
    await until(() => untold().length === 0);
  });

  it('is left alone once its row has come back in another window', async () => {
    said = [{ type: 'untold', job: { ticket: 't1', server: SERVER.url, job: 'job-1' } }];
    server.script.push('broken');
    reopen();
    await until(() => waits.length === 1);
    said.push({ type: 'told', ticket: 't1' });
    tryAgain();
    await rest();
    expect(server.calls).toHaveLength(1);
  });

  it('is none any more where its row has come back', async () => {
    openWith(server.fetch);
    began(start(nothing, 'generate'));
    await listening();
    const job = kept();
    if (!job) throw new Error('the row kept nothing');
    tickets = 10;
    openWith(server.fetch);
    desk.resume('row-t1', job);
    await listening(2);
    server.script.push('broken');
    desk.hear({ type: 'row-gone', row: 'row-t1' });
    await until(() => phase()?.state === 'cancelled');
    expect(untold()).toHaveLength(1);
    desk.resume('row-t1', job);
    await until(() => untold().length === 0);
    expect(server.jobs.get('job-1')?.['state']).toBe('queued');
  });
});

describe('a job whose row has come back', () => {
  const kept = () => said.flatMap((message) => (message.type === 'track' ? [message.job] : [])).at(-1);
  const keysSent = () => server.to('POST', '/v1/generations').map(({ headers }) => headers.get('idempotency-key'));

  async function stopByUndo(): Promise<TrackedJob> {
    began(start(nothing, 'generate'));
    await listening();
    const job = kept();
    if (!job) throw new Error('the row kept nothing');
    desk.hear({ type: 'row-gone', row: 'row-t1' });
    return job;
  }

  it('is made anew with the seed that it had, even where the first is still being stopped', async () => {
    const job = await stopByUndo();
    desk.resume('row-t1', job);
    await listening(2);
    expect(server.jobs.get('job-1')?.['state']).toBe('cancelled');
    expect(keysSent()).toEqual(['t1', 't2']);
    const [, again] = server.to('POST', '/v1/generations');
    expect(JSON.parse(String(again?.body))).toMatchObject({ variants: 2, seed: 7 });
    expect(kept()).toMatchObject({ ticket: 't2', job: 'job-2' });
    const [first] = said.flatMap((m) => (m.type === 'track' && m.job.ticket === 't2' ? [m.job] : []));
    expect(first?.submission?.key).toBe('t2');
    expect(first?.job).toBeUndefined();
    server.send(1, { type: 'variant', variant: 1, ...variant(1) });
    server.send(2, { type: 'done' });
    await until(() => types().at(-1) === 'settle');
    expect(said.at(-2)).toMatchObject({ type: 'land', row: 'row-t1', variant: 1, recipe: { job: 'job-2' } });
    expect(store.state().jobs.map(({ phase: { state } }) => state)).toEqual(['done']);
  });

  it('lands what was done before it could be stopped', async () => {
    const job = await stopByUndo();
    await until(() => phase()?.state === 'cancelled');
    Object.assign(server.jobs.get('job-1') ?? {}, { state: 'done', variants: [variant(0), variant(1)] });
    desk.resume('row-t1', job);
    await until(() => types().at(-1) === 'settle');
    expect(types().slice(-3)).toEqual(['land', 'land', 'settle']);
    expect(keysSent()).toEqual(['t1']);
  });

  it('is stopped again where the row goes again', async () => {
    const job = await stopByUndo();
    desk.resume('row-t1', job);
    await listening(2);
    desk.hear({ type: 'row-gone', row: 'row-t1' });
    await until(() => server.jobs.get('job-2')?.['state'] === 'cancelled');
  });

  it('is followed once, however often that is told', async () => {
    const job = await stopByUndo();
    desk.resume('row-t1', job);
    desk.resume('row-t1', job);
    await listening(2);
    await rest();
    expect(server.streams).toHaveLength(2);
    expect(store.state().jobs).toHaveLength(1);
  });

  describe('while the server is away', () => {
    let away: boolean;
    const states = () => [...server.jobs.values()].map(({ state }) => state);
    const comeBack = () => {
      away = false;
      tryAgain();
    };

    beforeEach(() => {
      away = false;
      openWith(async (input, init) => {
        if (away) throw new TypeError('fetch failed');
        return server.fetch(input, init);
      });
    });

    /** A redo of what was undone meanwhile. */
    async function redo(): Promise<TrackedJob> {
      began(start(nothing, 'generate'));
      await listening();
      away = true;
      const job = kept();
      if (!job) throw new Error('the row kept nothing');
      desk.hear({ type: 'row-gone', row: 'row-t1' });
      await until(() => waits.length === 1);
      desk.resume('row-t1', job);
      await until(() => waits.length === 2);
      waits.shift();
      expect(untold()).toEqual([]);
      return job;
    }

    it.each([
      ['is cancelled', () => void desk.cancel('t2')],
      ['goes with its row', () => desk.hear({ type: 'row-gone', row: 'row-t1' })],
    ])('and %s again is stopped as what it was before', async (_, stop) => {
      await redo();
      stop();
      expect(untold()).toMatchObject([{ ticket: 't2', job: 'job-1' }]);
      await until(() => JSON.stringify(phase()) === JSON.stringify({ state: 'cancelled', untold: true }));
      comeBack();
      await until(() => untold().length === 0);
      expect(states()).toEqual(['cancelled']);
      expect(phase()).toEqual({ state: 'cancelled', untold: false });
    });

    it('goes on as what it was before, where its row has gone and come back twice', async () => {
      const job = await redo();
      desk.hear({ type: 'row-gone', row: 'row-t1' });
      await until(() => JSON.stringify(phase()) === JSON.stringify({ state: 'cancelled', untold: true }));
      desk.resume('row-t1', job);
      expect(untold()).toEqual([]);
      await rest();
      comeBack();
      await listening(2);
      await rest();
      expect(states()).toEqual(['queued']);
      expect(store.state().jobs.map(({ ticket }) => ticket)).toEqual(['t3']);
    });

    it('is none any more that is to be stopped, though its server never answers', async () => {
      openWith(async (input, init) =>
        init?.method === 'DELETE' ? new Promise<never>(() => undefined) : server.fetch(input, init),
      );
      const job = await stopByUndo();
      expect(untold()).toHaveLength(1);
      desk.resume('row-t1', job);
      expect(untold()).toEqual([]);
    });
  });

  describe('of which the server’s answer was', () => {
    const states = () => [...server.jobs.values()].map(({ state }) => state);

    it('lost is another one, and the first is stopped', async () => {
      let lost = 2;
      openWith(async (input, init) => {
        const answer = await server.fetch(input, init);
        if (String(input).endsWith('/v1/generations') && lost-- > 0) throw new TypeError('fetch failed');
        return answer;
      });
      began(start(nothing, 'generate'));
      await until(() => waits.length === 1);
      const job = kept();
      if (!job) throw new Error('the row kept nothing');
      desk.hear({ type: 'row-gone', row: 'row-t1' });
      await until(() => waits.length === 2);
      desk.resume('row-t1', job);
      await listening();
      expect(untold()).toMatchObject([{ ticket: 't1', submission: { key: 't1' } }]);
      tryAgain();
      await until(() => untold().length === 0);
      expect(states()).toEqual(['cancelled', 'queued']);
    });

    it('late is another one, and the first is stopped, though the server be away then', async () => {
      let answer = (): void => undefined;
      openWith(async (input, init) => {
        const response = await server.fetch(input, init);
        const key = new Headers(init?.headers).get('idempotency-key');
        if (key === 't1') await new Promise<void>((resolve) => (answer = resolve));
        return response;
      });
      began(start(nothing, 'generate'));
      await until(() => server.jobs.size === 1);
      const job = kept();
      if (!job) throw new Error('the row kept nothing');
      desk.hear({ type: 'row-gone', row: 'row-t1' });
      desk.resume('row-t1', job);
      await listening();
      server.script.push('broken');
      answer();
      await until(() => waits.length === 1);
      expect(untold()).toEqual([{ ticket: 't1', server: SERVER.url, job: 'job-1' }]);
      tryAgain();
      await until(() => untold().length === 0);
      expect(states()).toEqual(['cancelled', 'queued']);
    });
  });
});

describe('a job that ran when the plugin was closed', () => {
  const tracked = (server_ = SERVER.url): TrackedJob => ({
    ticket: 'old',
    server: server_,
    job: 'job-1',
    name: 'navy polo',
    count: 2,
    panel: {},
  });
  const state = (rest: object) =>
    server.jobs.set('job-1', { id: 'job-1', state: 'running', progress: 0.5, request: {}, variants: [], ...rest });

  it('lands what is done, and follows the rest', async () => {
    state({ variants: [variant(0)] });
    desk.resume('row', tracked());
    await listening();
    await until(() => types().includes('land'));
    server.send(9, { type: 'variant', variant: 0, ...variant(0) });
    server.send(10, { type: 'variant', variant: 1, ...variant(1) });
    server.send(11, { type: 'done' });
    await until(() => types().includes('settle'));
    expect(said.flatMap((message) => (message.type === 'land' ? [message.variant] : []))).toEqual([0, 1]);
  });

  it('tells the time that is left by what is made from then on, and by the server’s guess before', async () => {
    let clock = 0;
    const parts = { store, say, draw, makeTicket: () => 't1', fetch: server.fetch, wait, now: () => clock };
    desk = createDesk(parts);
    state({ estimateMs: 40_000 });
    desk.resume('row', tracked());
    await listening();
    expect(phase()).toEqual({ state: 'running', progress: 0.5, until: 40_000 });
    // what was before it was found is told anew, its wait too
    clock = 1000;
    server.send(1, { type: 'queued', position: 3, estimateMs: 90_000 });
    server.send(2, { type: 'started' });
    server.send(3, { type: 'pass', variant: 0, pass: 8, passes: 10 });
    server.send(4, { type: 'variant', variant: 0, ...variant(0) });
    await until(() => store.state().jobs[0]?.landed === 1);
    expect(phase()).toEqual({ state: 'running', progress: 0.5, until: 40_000 });
    clock = 10_000;
    server.send(5, { type: 'pass', variant: 1, pass: 4, passes: 10 });
    await until(() => JSON.stringify(phase()).includes('0.7'));
    expect(phase()).toMatchObject({ state: 'running', progress: 0.7, until: expect.closeTo(25_000) });
  });

  it('that has ended meanwhile is landed without listening', async () => {
    state({ state: 'done', progress: 1, variants: [variant(0), variant(1)] });
    desk.resume('row', tracked());
    await until(() => types().includes('settle'));
    expect(types()).toEqual(['land', 'land', 'settle']);
    expect(server.streams).toEqual([]);
  });

  it('that the server knows no more fails clearly, and its row goes', async () => {
    desk.resume('row', tracked());
    await until(() => phase()?.state === 'failed');
    expect(phase()).toMatchObject({ problem: { code: 'unknown_job' } });
    expect(types()).toEqual(['settle']);
  });

  it.each(['token', 'key', 'host'] as const)('waits with its row for the %s that its server wants', async (needs) => {
    state({});
    server.script.push(server.failure(403, 'forbidden_origin', { needs }));
    let answer = (): void => undefined;
    const wait = () => new Promise<void>((resolve) => (answer = resolve));
    desk = createDesk({ store, say: (m) => said.push(m), draw, makeTicket: () => 't', fetch: server.fetch, wait });
    desk.resume('row', tracked());
    await until(() => phase()?.state === 'held');
    expect(types()).toEqual([]);
    expect(phase()).toMatchObject({ code: 'forbidden_origin', needs });
    desk.useKey({ url: SERVER.url, key: 'new' });
    answer();
    await listening();
    expect(server.calls.at(-1)?.headers.get('authorization')).toBe('Bearer new');
    expect(phase()).toMatchObject({ state: 'running', progress: 0.5 });
  });

  it('waits for its server to be upgraded where that is older than the job, and says so', async () => {
    server.script.push(server.failure(503, 'newer_job'));
    const wait = () => new Promise<void>(() => undefined);
    desk = createDesk({ store, say: (m) => said.push(m), draw, makeTicket: () => 't', fetch: server.fetch, wait });
    desk.resume('row', tracked());
    await until(() => phase()?.state === 'held');
    expect(phase()).toMatchObject({ code: 'newer_job' });
  });

  it("doesn't give its server the key of another", async () => {
    desk.resume('row', tracked('http://elsewhere.test'));
    await until(() => phase()?.state === 'failed');
    expect(server.calls.map(({ headers }) => headers.get('authorization'))).toEqual([null]);
  });
});

describe('a job that was on its way when the plugin was closed', () => {
  const kept = () => said.flatMap((message) => (message.type === 'track' ? [message.job] : []));
  const submissions = () => server.to('POST', '/v1/generations');
  const bodyOf = (at: number) => String(submissions().at(at)?.body);
  /** Another run of the plugin, which knows what the row has kept. */
  function reopen(job: TrackedJob | undefined): void {
    if (!job) throw new Error('the row kept nothing');
    store = createStore(store.state());
    store.act({ type: 'job-gone', ticket: job.ticket });
    said = [];
    desk = createDesk({
      ...{ store, draw, fetch: server.fetch, wait: async () => undefined },
      say: (message) => said.push(message),
      makeTicket: () => 'new',
    });
    desk.resume('row', job);
  }

  it('is sent as it would have been, and waits for its server', async () => {
    server.script.push(...Array<'broken'>(6).fill('broken'));
    began(start(nothing, 'generate'));
    await until(() => phase()?.state === 'failed');
    expect(server.jobs.size).toBe(0);
    server.script.push(...Array<'broken'>(20).fill('broken'));
    reopen(kept().at(-1));
    await listening();
    expect(submissions().map(({ headers }) => headers.get('idempotency-key'))).toEqual(Array(27).fill('t1'));
    expect(bodyOf(-1)).toBe(bodyOf(0));
    expect(kept().at(-1)).toMatchObject({ job: 'job-1' });
    server.send(1, { type: 'variant', variant: 0, ...variant(0) });
    server.send(2, { type: 'done' });
    await until(() => types().at(-1) === 'settle');
    expect(types().at(-2)).toBe('land');
  });

  it.each(['key', 'host'] as const)('waits for the %s that its server wants, and says so', async (needs) => {
    began(start(nothing, 'generate'));
    await listening();
    const before = kept().find(({ job, submission }) => job === undefined && submission);
    server.script.push(server.failure(403, 'forbidden_origin', { needs }));
    reopen(before);
    const phases: unknown[] = [];
    store.onChange(() => phases.push(phase()));
    await listening(2);
    expect(phases).toContainEqual(expect.objectContaining({ state: 'held', code: 'forbidden_origin', needs }));
  });

  it('and whose answer was lost is no second one', async () => {
    began(start(shapes, 'edit'));
    await listening();
    const before = kept().find(({ job, submission }) => job === undefined && submission);
    reopen(before);
    await listening(2);
    expect(submissions()).toHaveLength(2);
    expect(server.jobs.size).toBe(1);
    expect(kept().at(-1)).toMatchObject({ ticket: 't1', job: 'job-1' });
  });

  it('is told, and can be sent, where its pictures were not yet', async () => {
    const ticket = start(shapes, 'edit', { words: { ...firstControls.words, edit: 'lace' }, lock: true });
    began(ticket);
    await until(() => kept().length > 0);
    await desk.cancel(ticket);
    reopen(kept()[0]);
    await until(() => phase()?.state === 'failed');
    expect(phase()).toMatchObject({ problem: { code: 'not-sent' } });
    expect(types()).toEqual(['settle']);
    desk.retry('t1');
    expect(said.at(-1)).toMatchObject({ type: 'begin', name: 'lace', target: '1:1', shapes: ['2:1'], count: 2 });
    began('new');
    await listening();
    expect(submissions().at(-1)?.headers.get('idempotency-key')).toBe('t1');
    expect(JSON.parse(bodyOf(-1))).toMatchObject({ prompt: 'lace', base: { lock: expect.any(String) } });
  });
});
