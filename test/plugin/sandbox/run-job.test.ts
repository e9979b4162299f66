/** A job's way on the canvas: previews, results, their end; and what the designer may do meanwhile. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Transform } from '../../../plugin/affine.js';
import { makeJob, makePicture, makeRecipe, openPlugin, type Plugin } from './open-plugin.js';

let plugin: Plugin;
let picture: Uint8Array;
let result: Uint8Array;
let photo: string;

beforeEach(async () => {
  plugin = await openPlugin();
  picture = await makePicture(60, 40);
  result = await makePicture(60, 40, '#aa0000');
  photo = plugin.user.addImage(picture, { x: 0, y: 0, width: 300, height: 200 });
});

afterEach(() => {
  expect(plugin.sandbox.violations).toEqual([]);
  plugin.sandbox.dispose();
});

const page = () => plugin.document.children(plugin.document.currentPage());

function drawn(id: string) {
  const node = plugin.document.node(id);
  if (!node) throw new Error(`no node ${id}`);
  return node;
}

function imageFillOf(id: string) {
  const fill = drawn(id).fills.find(({ type, visible }) => type === 'IMAGE' && visible !== false);
  return fill?.type === 'IMAGE' && fill.imageHash !== null ? { ...fill, imageHash: fill.imageHash } : undefined;
}

const bytesIn = (id: string) => plugin.document.image(imageFillOf(id)?.imageHash ?? '')?.bytes;

async function begin(count = 2) {
  const { row } = await plugin.begin({ target: photo, count });
  plugin.tell({ type: 'track', row, job: makeJob({ count }) });
  return { row, places: plugin.document.children(row) };
}

async function land(row: string, variant: number, bytes = result): Promise<void> {
  plugin.tell({ type: 'land', row, variant, bytes, recipe: makeRecipe({ variant, seed: 7 + variant }) });
  await plugin.sandbox.settle();
}

test('a preview shows in its place, and the result in the place of the preview', async () => {
  const { row, places } = await begin();
  const [first = '', second = ''] = places;
  const preview = await makePicture(30, 20, '#550000');
  plugin.tell({ type: 'preview', row, variant: 0, bytes: preview });
  await plugin.sandbox.settle();
  expect(bytesIn(first)).toEqual(preview);
  expect(imageFillOf(second)).toBeUndefined();
  await land(row, 0);
  expect(bytesIn(first)).toEqual(result);
  expect(drawn(first)).toMatchObject({ name: 'blue jeans · 7', relaunch: { more: '', vary: '', edit: '' } });
});

test('a result that would be the same again has no button to make more of it', async () => {
  const { row, places } = await begin(1);
  const request = { mix: { assets: ['a', 'b'], steps: 5 } };
  plugin.tell({ type: 'land', row, variant: 0, bytes: result, recipe: makeRecipe({ request }) });
  await plugin.sandbox.settle();
  expect(drawn(places[0] ?? '').relaunch).toEqual({ vary: '', edit: '' });
});

test('the result of a cropped, scaled and tinted fill is shown as its source is, paint by paint', async () => {
  const [fill] = drawn(photo).fills;
  if (fill?.type !== 'IMAGE') throw new Error('expected an image fill');
  const imageTransform: Transform = [
    [0.5, 0, 0.25],
    [0, 0.6, 0.1],
  ];
  const under: Paint = { type: 'SOLID', color: { r: 1, g: 1, b: 0 } };
  plugin.user.setProperties(photo, {
    fills: [under, { ...fill, scaleMode: 'CROP', imageTransform, filters: { contrast: 0.5 } }],
    cornerRadius: 12,
  });
  const { row, places } = await begin(1);
  const [first = ''] = places;
  await land(row, 0);
  expect(imageFillOf(first)).toMatchObject({ scaleMode: 'CROP', imageTransform, filters: { contrast: 0.5 } });
  expect(drawn(first).fills[0]).toMatchObject({ ...under, visible: true });
  expect(drawn(first).fillGeometry).toEqual(drawn(photo).fillGeometry);
});

test.each(['of the proportions of the whole image', 'of others'])(
  'the result of what is seen of a crop %s is not cropped again',
  async (kind) => {
    const [fill] = drawn(photo).fills;
    if (fill?.type !== 'IMAGE') throw new Error('expected an image fill');
    const imageTransform: Transform = [
      [0.5, 0, 0.25],
      [0, 0.5, 0.25],
    ];
    const filters = { contrast: 0.5 };
    plugin.user.setProperties(photo, { fills: [{ ...fill, scaleMode: 'CROP', imageTransform, filters }] });
    const height = kind === 'of others' ? 300 : 200;
    plugin.user.resize(photo, { width: 300, height });
    const { row } = await plugin.begin({ target: photo, count: 1, seen: true });
    const [first = ''] = plugin.document.children(row);
    for (const bytes of [await makePicture(30, height / 10), await makePicture(90, (3 * height) / 10)]) {
      plugin.tell({ type: 'preview', row, variant: 0, bytes });
      await plugin.sandbox.settle();
      expect(imageFillOf(first)).toMatchObject({ scaleMode: 'FILL', rotation: 0, filters });
      expect(drawn(first)).toMatchObject({ width: 300, height });
      expect(bytesIn(first)).toEqual(bytes);
    }
  },
);

test.each(['FILL', 'FIT'] as const)('what grows around a picture in %s is adjusted as that is', async (scaleMode) => {
  const [fill] = drawn(photo).fills;
  if (fill?.type !== 'IMAGE') throw new Error('expected an image fill');
  const under: Paint = { type: 'SOLID', color: { r: 1, g: 1, b: 0 } };
  const filters = { saturation: -0.5 };
  plugin.user.setProperties(photo, { fills: [under, { ...fill, scaleMode, filters }] });
  const expand = { left: 0, right: 100, top: 0, bottom: 0 };
  const { row } = await plugin.begin({ target: photo, count: 1, expand });
  const [first = ''] = plugin.document.children(row);
  await land(row, 0, await makePicture(80, 40));
  expect(drawn(first)).toMatchObject({ width: 400, height: 200 });
  expect(drawn(first).fills).toMatchObject([
    { ...under, visible: true },
    { type: 'IMAGE', visible: true, scaleMode: 'FILL', filters },
  ]);
});

test('a result of another shape than the source is shown whole, and its place fits it', async () => {
  const { row, places } = await begin(1);
  const [first = ''] = places;
  await land(row, 0, await makePicture(50, 50));
  expect(imageFillOf(first)).toMatchObject({ scaleMode: 'FILL' });
  expect(drawn(first)).toMatchObject({ width: 200, height: 200 });
  expect(drawn(row).width).toBe(200);
});

test('at the end, places without a picture go, and the first result is selected', async () => {
  await plugin.select(photo);
  const { row, places } = await begin(3);
  await land(row, 1);
  plugin.tell({ type: 'settle', row, select: true });
  await plugin.sandbox.settle();
  expect(plugin.document.children(row)).toEqual([places[1]]);
  expect(plugin.document.selection()).toEqual([places[1]]);
  expect(await plugin.select(places[1] ?? '')).toMatchObject({ kind: 'image', target: { recipe: { seed: 8 } } });
});

test('at the end of a job whose panel is busy with the next one, the selection stays', async () => {
  await plugin.select(photo);
  const { row } = await begin(1);
  await land(row, 0);
  plugin.tell({ type: 'settle', row, select: false });
  await plugin.sandbox.settle();
  expect(plugin.document.selection()).toEqual([photo]);
});

test('what the designer has selected meanwhile stays selected', async () => {
  await plugin.select(photo);
  const { row } = await begin(1);
  await plugin.select();
  const other = plugin.user.addImage(picture, { x: 900, y: 900 });
  await plugin.select(other);
  await land(row, 0);
  plugin.tell({ type: 'settle', row, select: true });
  await plugin.sandbox.settle();
  expect(plugin.document.selection()).toEqual([other]);
});

test('a row without any picture goes as a whole', async () => {
  const { row } = await begin();
  plugin.tell({ type: 'preview', row, variant: 0, bytes: picture });
  plugin.tell({ type: 'settle', row });
  await plugin.sandbox.settle();
  expect(page()).toEqual([photo]);
});

test('at the end the panel hears how many pictures the job has left, wherever the designer has put them', async () => {
  const { row, places } = await begin(5);
  const [removed = '', dragged = '', late = ''] = places;
  plugin.user.remove([removed]);
  for (const variant of [0, 1, 2, 3]) await land(row, variant);
  plugin.user.moveInto(dragged, plugin.document.currentPage());
  plugin.user.remove([late]);
  const own = plugin.user.addRectangle({ x: 5000, y: 0, width: 10, height: 10 });
  plugin.user.moveInto(own, row);
  plugin.tell({ type: 'settle', row });
  expect(await plugin.next('settled')).toEqual({ type: 'settled', row, pictures: 2 });
  const { row: empty } = await plugin.begin({ count: 2, ticket: 't2' });
  plugin.tell({ type: 'settle', row: empty });
  expect(await plugin.next('settled')).toEqual({ type: 'settled', row: empty, pictures: 0 });
});

test('one undo takes the row back, the next one what the designer did before', async () => {
  plugin.user.move([photo], 10, 0);
  const { row } = await begin();
  plugin.tell({ type: 'preview', row, variant: 0, bytes: picture });
  await land(row, 0);
  await land(row, 1);
  plugin.tell({ type: 'settle', row });
  await plugin.sandbox.settle();
  expect(page()).toEqual([photo, row]);
  plugin.user.undo();
  expect(page()).toEqual([photo]);
  expect(drawn(photo).absoluteBoundingBox.x).toBe(10);
  plugin.user.undo();
  expect(drawn(photo).absoluteBoundingBox.x).toBe(0);
  plugin.user.redo();
  plugin.user.redo();
  expect(page()).toEqual([photo, row]);
});

test('a row that is removed while its job runs is told of once, and what still comes for it is let go', async () => {
  const { row } = await begin();
  plugin.user.remove([row]);
  expect(await plugin.next('row-gone')).toEqual({ type: 'row-gone', row });
  plugin.tell({ type: 'preview', row, variant: 0, bytes: picture });
  await land(row, 0);
  plugin.tell({ type: 'settle', row });
  await plugin.sandbox.settle();
  expect(plugin.said('row-gone')).toBe(1);
  expect(plugin.said('failed')).toBe(0);
  expect(page()).toEqual([photo]);
});

test('a picture whose place is removed while it lands is let go', async () => {
  const { row, places } = await begin(8);
  for (const [variant, place] of places.entries()) {
    plugin.tell({ type: 'land', row, variant, bytes: result, recipe: makeRecipe({ variant }) });
    // each at another step of its way
    for (let turn = 0; turn < variant; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    plugin.user.remove([place]);
    await plugin.sandbox.settle();
  }
  expect(plugin.said('failed')).toBe(0);
});

describe('the only picture of a job', () => {
  const landAlike = async (row: string) => {
    plugin.tell({ type: 'land', row, variant: 0, bytes: result, recipe: makeRecipe(), alike: true });
    await plugin.sandbox.settle();
  };

  test('lands in the first place that is left', async () => {
    const { row, places } = await begin(3);
    const [first = '', second = ''] = places;
    plugin.user.remove([first]);
    await landAlike(row);
    expect(bytesIn(second)).toEqual(result);
    plugin.tell({ type: 'settle', row });
    expect((await plugin.next('settled')).pictures).toBe(1);
    expect(plugin.document.children(row)).toEqual([second]);
  });

  test('lands once, however often it comes, also where it was dragged out of its row', async () => {
    const { row, places } = await begin();
    const [first = '', second = ''] = places;
    await landAlike(row);
    await landAlike(row);
    plugin.user.moveInto(first, plugin.document.currentPage());
    await landAlike(row);
    expect([first, second].map(bytesIn)).toEqual([result, undefined]);
  });
});

test('an undo while a job runs takes the row, and the panel is told', async () => {
  const { row } = await begin();
  plugin.tell({ type: 'preview', row, variant: 0, bytes: picture });
  await plugin.sandbox.settle();
  plugin.user.undo();
  expect(await plugin.next('row-gone')).toEqual({ type: 'row-gone', row });
  expect(page()).toEqual([photo]);
});

describe('a row that a redo brings back', () => {
  test('is told of as one whose job is to be looked after, and filled where it lies', async () => {
    const { row, places } = await begin();
    await land(row, 0);
    plugin.user.undo();
    await plugin.next('row-gone');
    plugin.user.redo();
    expect((await plugin.next('pending')).pending).toEqual([{ row, job: makeJob() }]);
    await land(row, 1);
    plugin.tell({ type: 'settle', row });
    await plugin.sandbox.settle();
    expect(plugin.document.children(row)).toEqual(places);
    expect(places.map(bytesIn)).toEqual([result, result]);
  });

  test('can go and come again', async () => {
    const { row } = await begin();
    await plugin.sandbox.settle();
    for (const times of [1, 2]) {
      plugin.user.undo();
      await plugin.next('row-gone');
      plugin.user.redo();
      expect((await plugin.next('pending')).pending).toHaveLength(1);
      expect([plugin.said('row-gone'), plugin.said('pending')]).toEqual([times, times]);
    }
    expect(page()).toEqual([photo, row]);
  });

  test('is not spoken of while the designer is still redoing', async () => {
    await begin();
    await plugin.sandbox.settle();
    plugin.user.move([photo], 10, 0);
    plugin.user.undo();
    plugin.user.undo();
    await plugin.next('row-gone');
    plugin.user.redo();
    await plugin.sandbox.settle();
    expect(plugin.said('pending')).toBe(0);
    plugin.user.redo();
    expect(drawn(photo).absoluteBoundingBox.x).toBe(10);
    await plugin.next('pending');
  });

  test('is spoken of though something else goes on changing', async () => {
    await begin();
    await plugin.sandbox.settle();
    plugin.user.undo();
    await plugin.next('row-gone');
    plugin.user.redo();
    const until = Date.now() + 4500;
    while (Date.now() < until && plugin.said('pending') === 0) {
      plugin.user.move([photo], 1, 0);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(plugin.said('pending')).toBe(1);
  });
});
