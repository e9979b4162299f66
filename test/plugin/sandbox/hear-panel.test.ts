/** Everything else that the panel asks of the sandbox, and what becomes of what it doesn't understand. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSandbox } from '../../support/quickjs.js';
import { root } from '../../support/root.js';
import { makeJob, makePicture, makeRecipe, openPlugin, type Plugin } from './open-plugin.js';

let plugin: Plugin;

beforeEach(async () => {
  plugin = await openPlugin();
});

afterEach(() => {
  expect(plugin.sandbox.violations).toEqual([]);
  plugin.sandbox.dispose();
});

test('a first opening comes with the usual settings', async () => {
  plugin.tell({ type: 'open' });
  expect(await plugin.next('opened')).toMatchObject({
    settings: { server: 'http://localhost:8787', key: '', language: 'auto', variants: 4 },
    command: 'open',
    parameters: {},
    pending: [],
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
  expect(plugin.sandbox.panel).toMatchObject({ width: 340, height: 560, visible: true, html: '<p>panel</p>' });
});

test('settings are kept, and a field that is damaged costs none of the others', async () => {
  const settings = { server: 'https://toile.example', key: 'k', language: 'zh' as const, variants: 2 };
  plugin.tell({ type: 'save-settings', settings });
  await plugin.sandbox.settle();
  plugin.tell({ type: 'open' });
  expect((await plugin.next('opened')).settings).toEqual(settings);
  await plugin.sandbox.evaluate(
    `await figma.clientStorage.setAsync('settings', { server: 'https://toile.example', language: 'fr', variants: 'x' })`,
  );
  plugin.tell({ type: 'open' });
  const { settings: mended } = await plugin.next('opened');
  expect(mended).toEqual({ server: 'https://toile.example', key: '', language: 'auto', variants: 4 });
});

describe('a cancelled job of which its server has not heard', () => {
  const server = 'https://toile.example';
  const reopen = async () => {
    plugin.user.closePlugin();
    plugin.sandbox.run('open');
    plugin.tell({ type: 'open' });
    return (await plugin.next('opened')).untold;
  };

  test('is kept for the next opening, until it is told', async () => {
    const submission = { key: 't2', request: { prompt: 'jeans' } };
    plugin.tell({ type: 'untold', job: { ticket: 't1', server, submission: { ...submission, key: 't1' } } });
    plugin.tell({ type: 'untold', job: { ticket: 't2', server, submission } });
    plugin.tell({ type: 'untold', job: { ticket: 't1', server, job: 'j1' } });
    await plugin.sandbox.settle();
    expect(await reopen()).toEqual([
      { ticket: 't2', server, submission },
      { ticket: 't1', server, job: 'j1' },
    ]);
    plugin.tell({ type: 'told', ticket: 't2' });
    plugin.tell({ type: 'list-untold' });
    expect((await plugin.next('untold')).jobs).toEqual([{ ticket: 't1', server, job: 'j1' }]);
    plugin.tell({ type: 'told', ticket: 't1' });
    await plugin.sandbox.settle();
    expect(await reopen()).toBeUndefined();
  });

  test('is forgotten after a day, and what another version wrote costs no other', async () => {
    const now = Date.now();
    const job = { ticket: 't1', server, job: 'j1' };
    const kept = { job, at: now - 1000 };
    await plugin.sandbox.evaluate(`await figma.clientStorage.setAsync('untold', args[0])`, [
      { job: { ...job, ticket: 'old' }, at: now - 25 * 3600 * 1000 },
      kept,
      { ...kept, job: 7 },
      null,
    ]);
    expect(await reopen()).toEqual([job]);
    expect(await plugin.sandbox.evaluate(`return await figma.clientStorage.getAsync('untold')`)).toEqual([kept]);
  });
});

describe('words that were typed and not sent', () => {
  const DAY = 24 * 3600 * 1000;
  const reopen = async () => {
    plugin.user.closePlugin();
    plugin.sandbox.run('open');
    plugin.tell({ type: 'open' });
    return (await plugin.next('opened')).draft;
  };
  const store = (name: string, value: unknown) =>
    plugin.sandbox.evaluate(`await figma.clientStorage.setAsync(args[0][0], args[0][1])`, [name, value]);
  const keys = async () => {
    const all = await plugin.sandbox.evaluate('return await figma.clientStorage.keysAsync()');
    return Array.isArray(all) ? all.filter((key) => String(key).startsWith('draft ')) : [];
  };
  const nameOf = () => plugin.sandbox.evaluate('return figma.root.name');

  /** @param broken code of what `figma.clientStorage` has in the place of its own */
  const openWith = async (broken: string) => {
    const built = await readFile(path.join(root, 'dist/plugin/main.js'), 'utf8');
    const storage = `Object.create(figma.clientStorage, { ${broken} })`;
    const main = `((figma) => { ${built} })(Object.create(figma, { clientStorage: { value: ${storage} } }))`;
    plugin.sandbox.dispose();
    plugin = await openPlugin({ main });
  };

  test('are there at the next opening, as they were at last, until there are none', async () => {
    expect(await reopen()).toBeUndefined();
    for (const generate of ['l', 'li', 'lin', 'linen']) plugin.tell({ type: 'keep-draft', draft: { generate } });
    await plugin.sandbox.settle();
    expect(await keys()).toEqual([`draft ${await nameOf()}`]);
    expect(await reopen()).toEqual({ generate: 'linen' });
    expect(await reopen()).toEqual({ generate: 'linen' });
    plugin.tell({ type: 'keep-draft', draft: {} });
    await plugin.sandbox.settle();
    expect(await keys()).toEqual([]);
    expect(await reopen()).toBeUndefined();
  });

  test('are of one file, and go with its old name', async () => {
    const name = String(await nameOf());
    const other = { draft: { edit: 'silk' }, at: Date.now() };
    await store('draft Another file', other);
    plugin.tell({ type: 'keep-draft', draft: { edit: 'wool' } });
    await plugin.sandbox.settle();
    expect(await reopen()).toEqual({ edit: 'wool' });
    await plugin.sandbox.evaluate(`figma.root.name = 'Renamed'`);
    plugin.tell({ type: 'keep-draft', draft: { edit: 'wool, lined' } });
    await plugin.sandbox.settle();
    expect((await keys()).sort()).toEqual(['draft Another file', 'draft Renamed']);
    expect(await reopen()).toEqual({ edit: 'wool, lined' });
    await plugin.sandbox.evaluate('figma.root.name = args[0]', name);
    expect(await reopen()).toBeUndefined();
  });

  test('leave those alone that another file of the old name has put in their place', async () => {
    const name = String(await nameOf());
    plugin.tell({ type: 'keep-draft', draft: { edit: 'wool' } });
    await plugin.sandbox.settle();
    await plugin.sandbox.evaluate(`figma.root.name = 'Renamed'`);
    await store(`draft ${name}`, { draft: { edit: 'silk' }, at: Date.now() });
    plugin.tell({ type: 'keep-draft', draft: { edit: 'wool, lined' } });
    await plugin.sandbox.settle();
    expect(await reopen()).toEqual({ edit: 'wool, lined' });
    await plugin.sandbox.evaluate('figma.root.name = args[0]', name);
    expect(await reopen()).toEqual({ edit: 'silk' });
  });

  test('lie under the new name of their file before they go from under its old one', async () => {
    const set = `(key, value) => key === 'draft Renamed' ? Promise.reject(new Error('no room'))
      : globalThis.figma.clientStorage.setAsync(key, value)`;
    await openWith(`setAsync: { value: ${set} }`);
    const name = await nameOf();
    plugin.tell({ type: 'keep-draft', draft: { edit: 'wool' } });
    await plugin.sandbox.settle();
    await plugin.sandbox.evaluate(`figma.root.name = 'Renamed'`);
    plugin.tell({ type: 'keep-draft', draft: { edit: 'wool, lined' } });
    await plugin.sandbox.settle();
    expect(await keys()).toEqual([`draft ${name}`]);
  });

  test('that are refused are told once, and those that come after them are kept', async () => {
    const refuses = `/long/.test(value.draft?.generate) ? Promise.reject(new Error('no room'))`;
    const set = `(key, value) => ${refuses} : globalThis.figma.clientStorage.setAsync(key, value)`;
    await openWith(`setAsync: { value: ${set} }`);
    const type = async (...all: string[]) => {
      for (const generate of all) plugin.tell({ type: 'keep-draft', draft: { generate } });
      await plugin.sandbox.settle();
    };
    await type('long', 'long d', 'long dr');
    await type('long dre');
    expect(plugin.said('failed')).toBe(1);
    await type('long dre', 'lin', 'linen');
    expect(plugin.said('failed')).toBe(1);
    expect(await reopen()).toEqual({ generate: 'linen' });
  });

  test('that can not be read keep no panel from opening', async () => {
    await openWith(`keysAsync: { value: () => Promise.reject(new Error('no')) }`);
    expect(plugin.said('failed')).toBe(0);
  });

  test('are forgotten after a month, and what another version wrote is no draft', async () => {
    const own = `draft ${await nameOf()}`;
    await store('draft old', { draft: { edit: 'silk' }, at: Date.now() - 31 * DAY });
    await store('draft young', { draft: { edit: 'silk' }, at: Date.now() - 29 * DAY });
    await store(own, { draft: 'linen', at: Date.now() });
    expect(await reopen()).toBeUndefined();
    expect(await keys()).toEqual(['draft young']);
  });
});

test('a quick action opens the panel with what was typed, and shows no panel while it asks', async () => {
  const sandbox = await startSandbox();
  sandbox.open('generate');
  const suggestions = await sandbox.user.suggest({ key: 'variants', query: '' });
  expect(suggestions.suggestions).toHaveLength(8);
  expect(sandbox.panel).toBeUndefined();
  sandbox.run('generate', { prompt: 'red dress', variants: 3 });
  await sandbox.settle();
  sandbox.send({ type: 'open' });
  expect(await sandbox.next('opened')).toMatchObject({
    command: 'generate',
    parameters: { prompt: 'red dress', variants: 3 },
  });
  expect(sandbox.violations).toEqual([]);
  sandbox.dispose();
});

test('a command while the panel is open is asked of it, and an unknown one opens', async () => {
  plugin.sandbox.run('vary');
  expect(await plugin.next('asked')).toEqual({ type: 'asked', command: 'vary', parameters: {} });
  plugin.sandbox.run('from-another-version');
  expect(await plugin.next('asked')).toEqual({ type: 'asked', command: 'open', parameters: {} });
  plugin.sandbox.run('generate', { prompt: 'red dress', variants: 3 });
  expect(await plugin.next('asked')).toMatchObject({ parameters: { prompt: 'red dress', variants: 3 } });
});

test.each([
  [{ type: 'dance' }, '“dance”'],
  [{ type: 'preview', row: '1:1', variant: 'one', bytes: [1, 2] }, '“preview”, variant, bytes'],
  ['hello', 'something without a type (string)'],
  [null, 'something without a type (object)'],
])('a message that is not in the contract is reported by its type: %j', async (message, detail) => {
  plugin.sandbox.send(message);
  const failed = await plugin.next('failed');
  expect(failed).toMatchObject({ code: 'unknown-message' });
  expect(failed.detail).toContain(detail);
});

test('a job that cannot be understood comes to its end', async () => {
  plugin.sandbox.send({ type: 'begin', ticket: 't7', count: 'many' });
  expect(await plugin.next('failed')).toMatchObject({ code: 'unknown-message', ticket: 't7' });
});

test('an unexpected error is told without a stack', async () => {
  const photo = plugin.user.addImage(await makePicture(8, 8));
  const { row } = await plugin.begin({ target: photo, count: 1 });
  plugin.tell({ type: 'land', row, variant: 0, bytes: new Uint8Array([1, 2, 3]), recipe: makeRecipe() });
  const failed = await plugin.next('failed');
  expect(failed).toMatchObject({ code: 'unexpected' });
  expect(failed.detail).not.toContain('\n');
});

test('a look at a node is small, whatever its shape, and its picture comes whole', async () => {
  const picture = await makePicture(60, 40);
  const photo = plugin.user.addImage(picture, { x: 0, y: 0, width: 300, height: 600 });
  plugin.tell({ type: 'look', node: photo, side: 96 });
  const { bytes } = await plugin.next('thumbnail');
  expect(await sharp(bytes).metadata()).toMatchObject({ width: 48, height: 96 });
  plugin.tell({ type: 'read', node: photo });
  expect(await plugin.next('picture')).toEqual({ type: 'picture', node: photo, bytes: picture });
});

test('a look at what is gone, or has no picture, says which of the two', async () => {
  plugin.tell({ type: 'look', node: '99:99', side: 96 });
  expect(await plugin.next('failed')).toMatchObject({ code: 'node-gone', node: '99:99' });
  const node = plugin.user.addRectangle({ x: 0, y: 0, width: 10, height: 10 });
  plugin.tell({ type: 'read', node });
  expect(await plugin.next('failed')).toMatchObject({ code: 'no-image', node });
});

test('the panel grows with the canvas that is seen, never under its usual size, and goes back to that', async () => {
  const { user, sandbox } = plugin;
  const sizeAt = async (canvas: { width: number; height: number; zoom: number }) => {
    user.setViewport(canvas);
    plugin.tell({ type: 'size-panel', large: true });
    await sandbox.settle();
    return sandbox.panel;
  };
  expect(await sizeAt({ width: 1000, height: 800, zoom: 0.25 })).toMatchObject({ width: 600, height: 720 });
  expect(await sizeAt({ width: 1500, height: 1000, zoom: 3 })).toMatchObject({ width: 900, height: 900 });
  expect(await sizeAt({ width: 3000, height: 1400, zoom: 1 })).toMatchObject({ width: 1056, height: 1260 });
  expect(await sizeAt({ width: 400, height: 300, zoom: 1 })).toMatchObject({ width: 340, height: 560 });
  await sizeAt({ width: 1000, height: 800, zoom: 1 });
  plugin.tell({ type: 'size-panel', large: false });
  await sandbox.settle();
  expect(sandbox.panel).toMatchObject({ width: 340, height: 560 });
});

test('history has the page’s results, the newest first, and shows any of them', async () => {
  const photo = plugin.user.addImage(await makePicture(8, 8));
  const { row } = await plugin.begin({ target: photo });
  const places = plugin.document.children(row);
  plugin.tell({ type: 'track', row, job: makeJob() });
  for (const [variant, madeAt] of ['2025-01-01T00:00:00.000Z', '2025-02-01T00:00:00.000Z'].entries()) {
    const recipe = makeRecipe({ variant, madeAt });
    plugin.tell({ type: 'land', row, variant, bytes: await makePicture(8, 8, '#00ff00'), recipe });
  }
  plugin.tell({ type: 'settle', row });
  plugin.tell({ type: 'list-history' });
  await plugin.sandbox.settle();
  plugin.tell({ type: 'list-history' });
  await plugin.next('history');
  const { entries } = await plugin.next('history');
  expect(entries.map(({ node }) => node)).toEqual([places[1], places[0]]);
  plugin.user.setPage(plugin.user.addPage('Page 2'));
  plugin.tell({ type: 'show-node', node: places[0] ?? '' });
  await plugin.sandbox.settle();
  expect(plugin.document.selection()).toEqual([places[0]]);
});

test('history has what was said to land before it was asked for, however long that takes', async () => {
  const { row } = await plugin.begin({ count: 1 });
  const bytes = await makePicture(8, 8);
  plugin.tell({ type: 'land', row, variant: 0, bytes, recipe: makeRecipe() });
  plugin.tell({ type: 'settle', row });
  plugin.tell({ type: 'list-history' });
  expect((await plugin.next('history')).entries).toHaveLength(1);
});

test('a row is shown as a whole, on its page, with its first result selected', async () => {
  const photo = plugin.user.addImage(await makePicture(8, 8), { x: 0, y: 0, width: 300, height: 200 });
  const { row } = await plugin.begin({ target: photo, count: 3 });
  const places = plugin.document.children(row);
  for (const variant of [1, 2]) {
    plugin.tell({ type: 'land', row, variant, bytes: await makePicture(8, 8), recipe: makeRecipe({ variant }) });
  }
  plugin.tell({ type: 'settle', row });
  await plugin.sandbox.settle();
  plugin.user.setPage(plugin.user.addPage('Page 2'));
  plugin.tell({ type: 'show-row', row });
  await plugin.sandbox.settle();
  expect(plugin.document.selection()).toEqual([places[1]]);
  const [box, { width, height, zoom, x, y }] = [
    plugin.document.node(row)?.absoluteBoundingBox,
    plugin.document.viewport(),
  ];
  expect([box?.x, box?.width].every((length) => length !== undefined)).toBe(true);
  expect(Math.abs(x - ((box?.x ?? 0) + (box?.width ?? 0) / 2)) * zoom).toBeLessThan(width / 2);
  expect(Math.abs(y - ((box?.y ?? 0) + (box?.height ?? 0) / 2)) * zoom).toBeLessThan(height / 2);
  plugin.user.remove([row]);
  plugin.tell({ type: 'show-row', row });
  expect(await plugin.next('failed')).toMatchObject({ code: 'nothing-to-show' });
});

describe('results that were dragged out of their row', () => {
  const { server, job } = makeRecipe();
  const show = async (row: string) => {
    plugin.tell({ type: 'show-row', row, made: { server, job } });
    await plugin.sandbox.settle();
  };
  const inView = (id: string) => {
    const { absoluteBoundingBox: box } = plugin.document.node(id) ?? {};
    const { width, height, zoom, x, y } = plugin.document.viewport();
    if (!box) return false;
    return Math.abs(box.x - x) * zoom < width / 2 && Math.abs(box.y - y) * zoom < height / 2;
  };

  /** @returns a row whose job has ended, and its results, which lie outside of it, far away */
  async function takeOut(count: number, into = plugin.document.currentPage()) {
    const { row } = await plugin.begin({ count });
    const places = [...plugin.document.children(row)];
    for (const variant of places.keys()) {
      plugin.tell({ type: 'land', row, variant, bytes: await makePicture(8, 8), recipe: makeRecipe({ variant }) });
    }
    await plugin.sandbox.settle();
    for (const place of places) plugin.user.moveInto(place, into);
    plugin.user.move(places, 9000, 5000);
    plugin.tell({ type: 'settle', row });
    await plugin.sandbox.settle();
    return { row, places };
  }

  test('are found where they lie, though the row is gone', async () => {
    const { row, places } = await takeOut(2);
    expect(plugin.document.node(row)).toBeNull();
    await show(row);
    expect(plugin.document.selection()).toEqual([places[0]]);
    expect(places.map(inView)).toEqual([true, true]);
    expect(plugin.said('failed')).toBe(0);
  });

  test('are found on another page, to which the view turns, also as copies', async () => {
    const elsewhere = plugin.user.addPage('Page 2');
    const { row, places } = await takeOut(1, elsewhere);
    const [first] = places;
    await show(row);
    expect(plugin.document.currentPage()).toBe(elsewhere);
    expect(plugin.document.selection()).toEqual([first]);
    const [copy = ''] = plugin.user.duplicate([first ?? '']);
    plugin.user.remove([first ?? '']);
    plugin.user.setPage(plugin.user.addPage('Page 3'));
    await show(row);
    expect(plugin.document.selection()).toEqual([copy]);
    expect(plugin.said('failed')).toBe(0);
  });

  test('are shown in their row where it has others still, of which they are none', async () => {
    const { row } = await plugin.begin({ count: 2 });
    const [first = '', second = ''] = plugin.document.children(row);
    for (const variant of [0, 1]) {
      plugin.tell({ type: 'land', row, variant, bytes: await makePicture(8, 8), recipe: makeRecipe({ variant }) });
    }
    plugin.tell({ type: 'settle', row });
    await plugin.sandbox.settle();
    plugin.user.moveInto(first, plugin.document.currentPage());
    await show(row);
    expect(plugin.document.selection()).toEqual([second]);
  });

  test('are said to be gone once they are, and those of another job are none of them', async () => {
    const { row, places } = await takeOut(1);
    for (const of of [{ job: 'j2' }, { server: 'https://elsewhere.example' }]) {
      const { row: other } = await plugin.begin({ count: 1, ticket: 't2' });
      const bytes = await makePicture(8, 8);
      plugin.tell({ type: 'land', row: other, variant: 0, bytes, recipe: makeRecipe(of) });
      plugin.tell({ type: 'settle', row: other });
      await plugin.sandbox.settle();
    }
    plugin.user.remove(places);
    plugin.tell({ type: 'show-row', row, made: { server, job } });
    expect(await plugin.next('failed')).toMatchObject({ code: 'nothing-to-show' });
    expect(plugin.said('looked')).toBe(1);
  });

  test.each(['page', 'selection'])(
    'are left where they are by whoever has turned to another %s meanwhile',
    async (what) => {
      const elsewhere = plugin.user.addPage('Page 2');
      const { row, places } = await takeOut(1, elsewhere);
      const other = what === 'page' ? plugin.user.addPage('Page 3') : '';
      plugin.user.select([plugin.user.addRectangle({ x: 0, y: 0, width: 9, height: 9 })]);
      const turn = what === 'page' ? 'user.setPage(args[1])' : 'user.select([])';
      const show = { type: 'show-row', row, made: { server, job } };
      // before any page has been read
      await plugin.sandbox.evaluate(`figma.ui.onmessage(args[0]); ${turn}`, show, other);
      await plugin.sandbox.settle();
      expect(plugin.document.currentPage()).not.toBe(elsewhere);
      expect(plugin.document.selection()).toEqual([]);
      expect(plugin.said('failed')).toBe(0);
      expect(plugin.said('looked')).toBe(1);
      await plugin.sandbox.evaluate(`figma.ui.onmessage(args[0])`, show);
      await plugin.sandbox.settle();
      expect(plugin.document.selection()).toEqual(places);
      expect(plugin.said('looked')).toBe(2);
    },
  );
});

test('a layer that is to be shown and was removed is said not to be there', async () => {
  const shape = plugin.user.addRectangle({ x: 0, y: 0, width: 40, height: 40 });
  plugin.user.remove([shape]);
  plugin.tell({ type: 'show-node', node: shape });
  expect(await plugin.next('failed')).toMatchObject({ code: 'nothing-to-show' });
});

test('what a result was made from is shown with the shapes that were drawn over it, those that are still there', async () => {
  const photo = plugin.user.addImage(await makePicture(8, 8), { x: 0, y: 0, width: 300, height: 200 });
  const shape = (x: number) => plugin.user.addRectangle({ x, y: 10, width: 40, height: 40 });
  const [first, second, third] = [shape(10), shape(60), shape(110)];
  const elsewhere = plugin.user.addPage('Page 2');
  plugin.user.moveInto(third, elsewhere);
  plugin.user.remove([second]);
  plugin.user.setPage(elsewhere);
  plugin.tell({ type: 'show-node', node: photo, others: [first, second, third] });
  await plugin.sandbox.settle();
  expect(plugin.document.selection()).toEqual([photo, first]);
  expect(plugin.said('failed')).toBe(0);
});
