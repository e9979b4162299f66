/** Where the designer looks once a row has begun: at the row, at their own zoom wherever it can be seen at that. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contains, type Box } from '../../../plugin/affine.js';
import { overlap } from '../../../plugin/sandbox/boxes.js';
import { makePicture, makeRecipe, openPlugin, type Plugin } from './open-plugin.js';

let plugin: Plugin;
let picture: Uint8Array;

beforeEach(async () => {
  plugin = await openPlugin();
  picture = await makePicture(64, 64);
});

afterEach(() => {
  expect(plugin.sandbox.violations).toEqual([]);
  plugin.sandbox.dispose();
});

const image = (x: number, y: number, side: number) =>
  plugin.user.addImage(picture, { x, y, width: side, height: side });

function boxOf(id: string): Box {
  const node = plugin.document.node(id);
  if (!node) throw new Error(`no node ${id}`);
  return node.absoluteBoundingBox;
}

function view(): Box {
  const { x, y, zoom, width, height } = plugin.document.viewport();
  return { x: x - width / zoom / 2, y: y - height / zoom / 2, width: width / zoom, height: height / zoom };
}

const zoom = () => plugin.document.viewport().zoom;

test('job after job on results, the view moves at the zoom that the designer chose', async () => {
  plugin.user.setViewport({ x: 0, y: 0, zoom: 0.7 });
  const { row: first } = await plugin.begin({ count: 4 });
  expect(plugin.document.viewport()).toMatchObject({ x: 0, y: 0, zoom: 0.7 });
  let row = first;
  for (let n = 0; n < 6; n++) {
    for (const [variant, id] of plugin.document.children(row).entries()) {
      plugin.tell({ type: 'land', row, variant, bytes: picture, recipe: makeRecipe({ variant }) });
      await plugin.sandbox.settle();
      expect(plugin.document.node(id)?.relaunch).not.toEqual({});
    }
    plugin.tell({ type: 'settle', row });
    await plugin.sandbox.settle();
    // the first row's own second picture in the end, far from the newest row
    const target = plugin.document.children(n < 5 ? row : first)[1];
    ({ row } = await plugin.begin({ target, count: 4, ticket: `after ${n}` }));
    expect(zoom()).toBe(0.7);
    const box = boxOf(row);
    expect(overlap(view(), box) / (box.width * box.height)).toBeGreaterThanOrEqual(0.9);
  }
  const { x, y, width } = boxOf(first);
  expect(boxOf(row)).toMatchObject({ x: x + width + 24, y });
});

test('the view goes farther only where the row is too large for it, and then shows its source too', async () => {
  const photo = image(0, 0, 500);
  plugin.user.setViewport({ x: 250, y: 250, zoom: 1 });
  const { row } = await plugin.begin({ target: photo, count: 4 });
  expect(zoom()).toBeLessThan(1);
  expect(contains(view(), boxOf(row))).toBe(true);
  expect(contains(view(), boxOf(photo))).toBe(true);
  const before = zoom();
  await plugin.begin({ target: photo, count: 4, ticket: 't2' });
  expect(zoom()).toBe(before);
});

test('a source that would make the row’s pictures too small to see stays out of the view', async () => {
  const photo = image(0, 0, 500);
  plugin.user.setViewport({ x: 250, y: 250, zoom: 1 });
  const { row } = await plugin.begin({ target: photo, count: 8 });
  expect(contains(view(), boxOf(row))).toBe(true);
  expect(contains(view(), boxOf(photo))).toBe(false);
});

test('the view comes nearer where the pictures could not be made out, and no nearer than life', async () => {
  plugin.user.setViewport({ x: 0, y: 0, zoom: 0.1 });
  const { row } = await plugin.begin({ count: 1 });
  expect(zoom()).toBe(1);
  expect(contains(view(), boxOf(row))).toBe(true);
  plugin.user.setViewport({ x: 0, y: 5000, zoom: 0.1 });
  const { row: wide } = await plugin.begin({ count: 8, ticket: 't2' });
  expect(zoom() * boxOf(wide).width).toBeCloseTo(0.85 * plugin.document.viewport().width, 6);
});

test('pictures that are small themselves are gone near to, as far as they need it', async () => {
  const icon = image(0, 0, 24);
  plugin.user.setViewport({ x: 0, y: 0, zoom: 1 });
  const { row } = await plugin.begin({ target: icon, count: 2 });
  expect(zoom() * 24).toBeCloseTo(120, 6);
  expect(contains(view(), boxOf(row))).toBe(true);
  expect(contains(view(), boxOf(icon))).toBe(true);
});

test('a job that leaves no picture gives back the view that it was begun in', async () => {
  plugin.user.setViewport({ x: 100, y: 7000, zoom: 0.1 });
  const before = plugin.document.viewport();
  const { row } = await plugin.begin({ count: 2 });
  expect(plugin.document.viewport()).not.toEqual(before);
  plugin.tell({ type: 'settle', row });
  await plugin.sandbox.settle();
  expect(plugin.document.viewport()).toEqual(before);
});

test('the view stays where the designer has gone on from, or where they have found something to do', async () => {
  const photo = image(0, 0, 500);
  for (const goOn of [
    () => plugin.user.setViewport({ x: 300 }),
    () => plugin.user.setViewport({ zoom: 0.3 }),
    () => plugin.user.select([photo]),
  ]) {
    plugin.user.select([]);
    plugin.user.setViewport({ x: 0, y: 7000, zoom: 0.1 });
    const { row } = await plugin.begin({ target: photo, count: 4 });
    goOn();
    const seen = plugin.document.viewport();
    plugin.tell({ type: 'settle', row });
    await plugin.sandbox.settle();
    expect(plugin.document.viewport()).toEqual(seen);
  }
});

test('a job that leaves a picture leaves the view on it', async () => {
  plugin.user.setViewport({ x: 0, y: 7000, zoom: 0.1 });
  const { row } = await plugin.begin({ count: 2 });
  const seen = plugin.document.viewport();
  plugin.tell({ type: 'land', row, variant: 0, bytes: picture, recipe: makeRecipe() });
  plugin.tell({ type: 'settle', row });
  await plugin.sandbox.settle();
  expect(plugin.document.viewport()).toEqual(seen);
});

test.each(['first', 'last'])(
  'of two jobs that leave nothing, with the %s one gone first, none keeps the view',
  async (which) => {
    plugin.user.setViewport({ x: 0, y: 7000, zoom: 0.1 });
    const before = plugin.document.viewport();
    const one = await plugin.begin({ count: 2 });
    const onOne = plugin.document.viewport();
    const two = await plugin.begin({ count: 2, ticket: 't2' });
    const onTwo = plugin.document.viewport();
    const steps =
      which === 'first'
        ? ([
            [one, onTwo],
            [two, before],
          ] as const)
        : ([
            [two, onOne],
            [one, before],
          ] as const);
    for (const [{ row }, view] of steps) {
      plugin.tell({ type: 'settle', row });
      await plugin.sandbox.settle();
      expect(plugin.document.viewport()).toEqual(view);
    }
  },
);

test('a row that is begun on another page leaves the view alone, which has no say in its size', async () => {
  const photo = image(0, 0, 500);
  const board = plugin.user.addFrame({ x: 5000, y: 5000, width: 800, height: 800 });
  plugin.user.moveInto(image(5100, 5100, 400), board);
  plugin.user.setPage(plugin.user.addPage('Page 2'));
  plugin.user.setViewport({ x: 0, y: 0, zoom: 1 });
  const before = plugin.document.viewport();
  await plugin.begin({ target: photo, count: 4 });
  const { row } = await plugin.begin({ frame: board, count: 1, ticket: 't2' });
  expect(plugin.document.viewport()).toEqual(before);
  expect(boxOf(row)).toMatchObject({ width: 256, height: 256 });
});
