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
});

test('a place that the designer removed stays away, and the others are filled', async () => {
  const { row, places } = await begin(3);
  plugin.user.remove([places[1] ?? '']);
  for (const variant of [0, 1, 2]) await land(row, variant);
  plugin.tell({ type: 'settle', row });
  await plugin.sandbox.settle();
  expect(plugin.document.children(row)).toEqual([places[0], places[2]]);
  expect(plugin.said('failed')).toBe(0);
});

test('a place that the designer drags out of its row is filled, and goes where its picture never comes', async () => {
  const { row, places } = await begin(3);
  const [out = '', stays = '', never = ''] = places;
  for (const place of [out, never]) plugin.user.moveInto(place, plugin.document.currentPage());
  plugin.tell({ type: 'preview', row, variant: 0, bytes: picture });
  await plugin.sandbox.settle();
  expect(bytesIn(out)).toEqual(picture);
  await land(row, 0);
  await land(row, 1);
  plugin.tell({ type: 'settle', row });
  await plugin.sandbox.settle();
  expect(page()).toEqual([photo, row, out]);
  expect(plugin.document.children(row)).toEqual([stays]);
  expect([out, stays].map(bytesIn)).toEqual([result, result]);
  expect(await plugin.select(out)).toMatchObject({ kind: 'image', target: { recipe: { variant: 0 } } });
});

test('results land on the page where the job was begun, and the other page keeps its selection', async () => {
  await plugin.select(photo);
  const { row, places } = await begin(1);
  const other = plugin.user.addPage('Page 2');
  plugin.user.setPage(other);
  const there = plugin.user.addImage(picture);
  plugin.user.select([there]);
  await land(row, 0);
  plugin.tell({ type: 'settle', row, select: true });
  await plugin.sandbox.settle();
  expect(bytesIn(places[0] ?? '')).toEqual(result);
  expect(plugin.document.children(other)).toEqual([there]);
  expect(plugin.document.selection()).toEqual([there]);
});

test('the source may go while its job runs', async () => {
  const { row, places } = await begin(1);
  plugin.user.remove([photo]);
  await land(row, 0);
  plugin.tell({ type: 'settle', row });
  await plugin.sandbox.settle();
  expect(bytesIn(places[0] ?? '')).toEqual(result);
});

test('the source, its picture and its shapes are untouched by all of it', async () => {
  const shape = plugin.user.addRectangle({ x: 10, y: 10, width: 40, height: 40 });
  const before = [drawn(photo), drawn(shape), bytesIn(photo)];
  const { row } = await plugin.begin({ target: photo, shapes: [shape] });
  plugin.tell({ type: 'preview', row, variant: 0, bytes: picture });
  await land(row, 0);
  plugin.tell({ type: 'settle', row });
  await plugin.sandbox.settle();
  expect([drawn(photo), drawn(shape), bytesIn(photo)]).toEqual(before);
});

test('a job that runs while the plugin is closed is found again, by whoever began it', async () => {
  const { row } = await begin();
  await plugin.sandbox.settle();
  const [saved, storage] = [plugin.sandbox.save(), plugin.sandbox.storage];
  const again = await openPlugin({ saved, storage });
  again.tell({ type: 'open' });
  const { pending } = await again.next('opened');
  expect(pending).toEqual([{ row: expect.any(String), job: makeJob() }]);
  const [{ row: found } = { row }] = pending;
  again.tell({ type: 'land', row: found, variant: 0, bytes: result, recipe: makeRecipe() });
  again.tell({ type: 'settle', row: found });
  await again.sandbox.settle();
  expect(again.document.children(found)).toHaveLength(1);
  again.tell({ type: 'open' });
  expect((await again.next('opened')).pending).toEqual([]);
  again.sandbox.dispose();

  const colleague = await openPlugin({ saved });
  colleague.tell({ type: 'open' });
  expect((await colleague.next('opened')).pending).toEqual([]);
  colleague.sandbox.dispose();
});

test('a job of another page is found again once the designer turns to it, and only once', async () => {
  const home = plugin.document.currentPage();
  await begin();
  const elsewhere = plugin.user.addPage('Page 2');
  plugin.user.setPage(elsewhere);
  await plugin.sandbox.settle();
  // the panel that began it follows it still
  plugin.user.setPage(home);
  await plugin.sandbox.settle();
  expect(plugin.said('pending')).toBe(0);

  const again = await openPlugin({ saved: plugin.sandbox.save(), storage: plugin.sandbox.storage, page: elsewhere });
  again.user.setPage(home);
  expect((await again.next('pending')).pending).toEqual([{ row: expect.any(String), job: makeJob() }]);
  again.user.setPage(elsewhere);
  again.user.setPage(home);
  await again.sandbox.settle();
  expect(again.said('pending')).toBe(1);
  expect(again.sandbox.violations).toEqual([]);
  again.sandbox.dispose();
});

describe('a row that is found again', () => {
  const shapeOf = (at: Plugin, id: string) => {
    const node = at.document.node(id);
    if (!node) throw new Error(`no node ${id}`);
    return { ...node, id: '', parent: '', children: node.children.length };
  };
  const rowOf = (at: Plugin) => at.document.children(at.document.currentPage()).find((id) => id !== photo) ?? '';

  test('looks and lies as it did, what had landed in it included, and what was selected of it still is', async () => {
    const { row, places } = await begin(3);
    await land(row, 0);
    plugin.tell({ type: 'preview', row, variant: 1, bytes: picture });
    await plugin.select(places[0] ?? '');
    plugin.user.move([row], 30, 7);
    const looks = [row, ...places].map((id) => shapeOf(plugin, id));
    const again = await openPlugin({ saved: plugin.sandbox.save(), storage: plugin.sandbox.storage });
    const found = rowOf(again);
    expect(found).not.toBe(row);
    const children = again.document.children(found);
    expect([found, ...children].map((id) => shapeOf(again, id))).toEqual(looks);
    expect(again.document.selection()).toEqual([children[0]]);
    expect(again.sandbox.violations).toEqual([]);
    again.sandbox.dispose();
  });

  test('goes with one undo, and the next one brings back what lay there at the opening', async () => {
    const { row } = await begin(2);
    await land(row, 0);
    const again = await openPlugin({ saved: plugin.sandbox.save(), storage: plugin.sandbox.storage });
    const found = rowOf(again);
    again.tell({ type: 'land', row: found, variant: 1, bytes: result, recipe: makeRecipe({ variant: 1 }) });
    again.tell({ type: 'settle', row: found });
    await again.sandbox.settle();
    const on = () => again.document.children(again.document.currentPage());
    expect(on()).toEqual([photo, found]);
    again.user.undo();
    expect(on()).toEqual([photo]);
    again.user.undo();
    expect(on()).toEqual([photo, row]);
    again.user.redo();
    again.user.redo();
    expect(again.document.children(found)).toHaveLength(2);
    again.sandbox.dispose();
  });

  test('finds the place too that had been dragged out of it, and one that is dragged out now', async () => {
    const { places } = await begin(2);
    const [out = ''] = places;
    plugin.user.moveInto(out, plugin.document.currentPage());
    const again = await openPlugin({ saved: plugin.sandbox.save(), storage: plugin.sandbox.storage });
    const on = () => again.document.children(again.document.currentPage());
    const found = on().find((id) => id !== photo && id !== out) ?? '';
    const [second = ''] = again.document.children(found);
    again.user.moveInto(second, again.document.currentPage());
    for (const variant of [0, 1]) {
      again.tell({ type: 'land', row: found, variant, bytes: result, recipe: makeRecipe({ variant }) });
    }
    again.tell({ type: 'settle', row: found });
    await again.sandbox.settle();
    expect([...on()].sort()).toEqual([photo, out, second].sort());
    for (const place of [out, second]) expect(again.document.node(place)?.fills).toMatchObject([{ type: 'IMAGE' }]);
    again.sandbox.dispose();
  });

  test('is left as it is where the designer has put something else into it', async () => {
    const { row } = await begin(2);
    plugin.user.moveInto(plugin.user.addText({ x: 0, y: 900 }, 'Best of these'), row);
    const again = await openPlugin({ saved: plugin.sandbox.save(), storage: plugin.sandbox.storage });
    expect(rowOf(again)).toBe(row);
    again.sandbox.dispose();
  });

  test('is the same when only the panel is loaded again', async () => {
    const { row } = await begin(2);
    plugin.tell({ type: 'open' });
    expect((await plugin.next('opened')).pending).toEqual([{ row, job: makeJob() }]);
  });
});

/** As if the row had been begun that many milliseconds ago. */
async function setAge(at: Plugin, row: string, age: number): Promise<void> {
  await at.sandbox.evaluate(
    `const row = await figma.getNodeByIdAsync(args[0]);
     const begun = JSON.parse(row.getPluginData('begun'));
     row.setPluginData('begun', JSON.stringify({ ...begun, at: Date.now() - args[1] }));`,
    row,
    age,
  );
}

test('jobs are found again in the order in which they were begun, wherever their rows lie', async () => {
  for (const [ticket, age] of [
    ['t1', 1000],
    ['t2', 9000],
  ] as const) {
    const { row } = await plugin.begin({ ticket, target: photo });
    plugin.tell({ type: 'track', row, job: makeJob({ ticket }) });
    await plugin.sandbox.settle();
    await setAge(plugin, row, age);
  }
  plugin.tell({ type: 'open' });
  expect((await plugin.next('opened')).pending.map(({ job }) => job.ticket)).toEqual(['t2', 't1']);
});

test('a row whose job never reached the server goes at the next opening, but not at once', async () => {
  const { row } = await plugin.begin({ target: photo });
  await plugin.sandbox.settle();
  const { storage } = plugin.sandbox;
  const soon = await openPlugin({ saved: plugin.sandbox.save(), storage });
  expect(soon.document.children(soon.document.currentPage())).toEqual([photo, row]);
  soon.sandbox.dispose();
  await setAge(plugin, row, 3600_000);
  const late = await openPlugin({ saved: plugin.sandbox.save(), storage });
  expect(late.document.children(late.document.currentPage())).toEqual([photo]);
  late.sandbox.dispose();
});

test('a row goes where the panel that began it is loaded anew before it knows what became of it', async () => {
  await plugin.begin({ target: photo });
  plugin.tell({ type: 'open' });
  expect((await plugin.next('opened')).pending).toEqual([]);
  expect(page()).toEqual([photo]);
});

test('a row that is found too young goes once it has had its time, but not where its job came after all', async () => {
  const home = plugin.document.currentPage();
  const { row: left } = await plugin.begin({ target: photo });
  const { row: late } = await plugin.begin({ target: photo, ticket: 't2' });
  await plugin.sandbox.settle();
  const page = plugin.user.addPage('Page 2');
  const again = await openPlugin({ saved: plugin.sandbox.save(), storage: plugin.sandbox.storage, page });
  await setAge(again, left, 58_500);
  await setAge(again, late, 58_600);
  again.user.setPage(home);
  await again.sandbox.settle();
  const on = () => again.document.children(home);
  expect(on()).toEqual([photo, left, late]);
  again.tell({ type: 'track', row: late, job: makeJob() });
  await again.sandbox.until(() => !on().includes(left));
  expect(on()).toEqual([photo, late]);
  again.sandbox.dispose();
});

test('what was said first is done first, however long each step takes', async () => {
  const { row, places } = await begin(2);
  plugin.tell({ type: 'preview', row, variant: 0, bytes: picture });
  plugin.tell({ type: 'land', row, variant: 0, bytes: result, recipe: makeRecipe() });
  plugin.tell({ type: 'preview', row, variant: 0, bytes: picture });
  plugin.tell({ type: 'land', row, variant: 1, bytes: result, recipe: makeRecipe({ variant: 1 }) });
  plugin.tell({ type: 'settle', row });
  await plugin.sandbox.settle();
  expect(plugin.document.children(row)).toEqual(places);
  expect(places.map(bytesIn)).toEqual([result, result]);
});

test('a recipe too long for a node loses the panel’s controls, and one longer still is reported', async () => {
  const { row, places } = await begin(2);
  const long = 'é'.repeat(60_000);
  plugin.tell({ type: 'land', row, variant: 0, bytes: result, recipe: makeRecipe({ panel: { prompt: long } }) });
  await plugin.sandbox.settle();
  expect(plugin.said('failed')).toBe(0);
  const request = { prompt: 'blue jeans', notes: long };
  plugin.tell({ type: 'land', row, variant: 1, bytes: result, recipe: makeRecipe({ variant: 1, request }) });
  expect(await plugin.next('failed')).toMatchObject({ code: 'too-much-data' });
  plugin.tell({ type: 'settle', row });
  await plugin.sandbox.settle();
  // the picture itself is not lost by that
  expect(plugin.document.children(row)).toEqual(places);
});

test('a picture larger than Figma takes is refused as too large', async () => {
  const { row } = await begin(1);
  plugin.tell({ type: 'land', row, variant: 0, bytes: await makePicture(4097, 8), recipe: makeRecipe() });
  expect(await plugin.next('failed')).toMatchObject({ code: 'too-large' });
});
