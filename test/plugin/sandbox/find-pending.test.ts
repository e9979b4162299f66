/** Rows that an earlier run of the plugin has left on the canvas: what becomes of them, and of what has come into them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeJob, makePicture, makeRecipe, openPlugin, type Plugin } from './open-plugin.js';

let plugin: Plugin;
let photo: string;
let result: Uint8Array;

beforeEach(async () => {
  plugin = await openPlugin();
  result = await makePicture(60, 40, '#aa0000');
  photo = plugin.user.addImage(await makePicture(60, 40), { x: 0, y: 0, width: 300, height: 200 });
});

afterEach(() => {
  expect(plugin.sandbox.violations).toEqual([]);
  plugin.sandbox.dispose();
});

const page = () => plugin.document.children(plugin.document.currentPage());
const children = (id: string) => [...plugin.document.children(id)];
const node = (id: string) => plugin.document.node(id);

async function begin(count = 2) {
  const { row } = await plugin.begin({ target: photo, count });
  plugin.tell({ type: 'track', row, job: makeJob({ count }) });
  await plugin.sandbox.settle();
  return { row, places: children(row) };
}

async function land(row: string, ...variants: number[]): Promise<void> {
  for (const variant of variants) {
    plugin.tell({ type: 'land', row, variant, bytes: result, recipe: makeRecipe({ variant }) });
  }
  await plugin.sandbox.settle();
}

/** @returns what the panel hears of rows */
async function reopen() {
  plugin.user.closePlugin();
  plugin.sandbox.run('open');
  plugin.tell({ type: 'open' });
  const { pending } = await plugin.next('opened');
  await plugin.next('selected');
  await plugin.sandbox.settle();
  return pending;
}

const isGrey = (id: string) => node(id)?.fills.every(({ type, visible }) => type === 'SOLID' || visible === false);

describe('a row of places alone', () => {
  test('goes with one undo, whatever has come into it since', async () => {
    const { row: before } = await begin();
    const [found] = await reopen();
    const { row = '' } = found ?? {};
    expect(row).not.toBe(before);
    await land(row, 0, 1);
    plugin.tell({ type: 'settle', row });
    await plugin.sandbox.settle();
    plugin.user.undo();
    expect(page()).toEqual([photo]);
  });

  test('keeps what is selected in it selected', async () => {
    const { places } = await begin();
    plugin.user.select([places[1] ?? '']);
    const [found] = await reopen();
    expect(plugin.document.selection()).toEqual([children(found?.row ?? '')[1]]);
  });
});

describe('a row that holds more than places', () => {
  test('is filled with all that was in it left as it is', async () => {
    const { row, places } = await begin(3);
    await land(row, 0);
    const own = plugin.user.addEllipse({ x: 5000, y: 0, width: 80, height: 40 });
    plugin.user.moveInto(own, row, 1);
    const arcData = { startingAngle: 0, endingAngle: 1, innerRadius: 0.5 };
    await plugin.sandbox.evaluate(
      `const own = await figma.getNodeByIdAsync(args[0]);
       own.arcData = args[2];
       own.rotation = 30;
       const landed = await figma.getNodeByIdAsync(args[1]);
       landed.rotation = 10;
       landed.constraints = { horizontal: 'MAX', vertical: 'MAX' };`,
      own,
      places[0],
      arcData,
    );
    const before = [node(own), node(places[0] ?? '')];
    expect(await reopen()).toEqual([{ row, job: makeJob({ count: 3 }) }]);
    expect([node(own), node(places[0] ?? '')]).toEqual(before);
    expect(children(row).slice(0, 2)).toEqual([places[0], own]);
    const read = `const own = await figma.getNodeByIdAsync(args[0]); return own.arcData;`;
    expect(await plugin.sandbox.evaluate(read, own)).toEqual(arcData);
    await land(row, 1, 2);
    plugin.tell({ type: 'settle', row });
    await plugin.sandbox.settle();
    expect(children(row)).toHaveLength(4);
    expect(children(row).filter(isGrey)).toEqual([own]);
  });

  test('is left by one undo with what was in it and no grey places, which stops its job', async () => {
    const { row, places } = await begin(3);
    await land(row, 1);
    await reopen();
    await land(row, 0);
    expect(children(row)).toHaveLength(3);
    plugin.user.undo();
    expect(await plugin.next('row-gone')).toEqual({ type: 'row-gone', row });
    expect(children(row)).toEqual([places[1]]);
    expect(await plugin.select(places[1] ?? '')).toMatchObject({ kind: 'image', target: { recipe: { variant: 1 } } });
    plugin.user.redo();
    expect((await plugin.next('pending')).pending).toMatchObject([{ row }]);
    await land(row, 0, 2);
    expect(children(row).filter(isGrey)).toEqual([]);
  });

  test('keeps what is selected in it selected', async () => {
    const { row, places } = await begin();
    await land(row, 0);
    plugin.user.select([places[0] ?? '', places[1] ?? '']);
    await reopen();
    expect(plugin.document.selection()).toEqual(children(row));
  });

  test('that lies in an instance is as its component has it', async () => {
    const { row, places } = await begin();
    await land(row, 0);
    const component = plugin.user.makeComponent(plugin.user.group([row]));
    const instance = plugin.user.addInstance(component, { x: 3000, y: 0 });
    await reopen();
    expect(plugin.said('failed')).toBe(0);
    const [copy = ''] = children(children(instance)[0] ?? '');
    expect(children(copy)).toHaveLength(places.length);
  });
});

describe('a row of which nobody knows what it was for', () => {
  const LONG_AGO = 0;

  /** As a plugin leaves it that was closed while it read the canvas. */
  async function leaveUnread(count = 2): Promise<string> {
    const { row } = await plugin.begin({ target: photo, count });
    await setData(row, 'begun', { at: LONG_AGO });
    return row;
  }

  /** Over what it holds. */
  async function setData(row: string, key: string, change: object): Promise<void> {
    await plugin.sandbox.evaluate(
      `const row = await figma.getNodeByIdAsync(args[0]);
       const held = JSON.parse(row.getPluginData(args[1]) || '{}');
       row.setPluginData(args[1], JSON.stringify({ ...held, ...args[2] }));`,
      row,
      key,
      change,
    );
  }

  test('goes', async () => {
    await leaveUnread();
    expect(await reopen()).toEqual([]);
    expect(page()).toEqual([photo]);
  });

  test('stays with what the designer has put into it, without its places, those outside included', async () => {
    const row = await leaveUnread();
    const own = plugin.user.addRectangle({ x: 5000, y: 0, width: 80, height: 40 });
    plugin.user.moveInto(own, row);
    plugin.user.moveInto(children(row)[0] ?? '', plugin.document.currentPage());
    expect(await reopen()).toEqual([]);
    expect(page()).toEqual([photo, row]);
    expect(children(row)).toEqual([own]);
    expect(await plugin.select(row)).not.toMatchObject({ reason: 'busy-row' });
  });

  test('stays with the pictures that have landed where another version has kept its job', async () => {
    const { row, places } = await begin();
    await land(row, 1);
    await setData(row, 'begun', { at: LONG_AGO });
    await setData(row, 'job', { ticket: 42 });
    expect(await reopen()).toEqual([]);
    expect(children(row)).toEqual([places[1]]);
    expect(await plugin.select(places[1] ?? '')).toMatchObject({ kind: 'image', target: { recipe: { variant: 1 } } });
  });

  test('stays with what was put into it where the panel alone is opened anew', async () => {
    const { row } = await plugin.begin({ target: photo, count: 2 });
    const own = plugin.user.addRectangle({ x: 5000, y: 0, width: 80, height: 40 });
    plugin.user.moveInto(own, row);
    plugin.tell({ type: 'open' });
    expect((await plugin.next('opened')).pending).toEqual([]);
    expect(children(row)).toEqual([own]);
  });

  test('stays with what was put into it where a redo brings it back', async () => {
    const { row } = await plugin.begin({ target: photo, count: 2 });
    await plugin.sandbox.settle();
    const own = plugin.user.addRectangle({ x: 5000, y: 0, width: 80, height: 40 });
    plugin.user.moveInto(own, row);
    for (let n = 0; n < 3; n++) plugin.user.undo();
    await plugin.next('row-gone');
    for (let n = 0; n < 3; n++) plugin.user.redo();
    await plugin.sandbox.until(() => children(row).length === 1, 5000);
    expect(children(row)).toEqual([own]);
  });
});
