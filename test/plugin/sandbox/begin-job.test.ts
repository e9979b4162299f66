/** The start of a job: where the placeholders lie, and what of the document reaches the panel. */
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { invert, multiply, type Transform } from '../../../plugin/affine.js';
import type { MaskShape } from '../../../plugin/messages.js';
import { makePicture, openPlugin, type Plugin } from './open-plugin.js';

let plugin: Plugin;
let picture: Uint8Array;

beforeEach(async () => {
  plugin = await openPlugin();
  picture = await makePicture(60, 40);
});

afterEach(() => {
  expect(plugin.sandbox.violations).toEqual([]);
  plugin.sandbox.dispose();
});

const image = (x = 0, y = 0, width = 300, height = 200) => plugin.user.addImage(picture, { x, y, width, height });
const rectangle = (x: number, y: number, width: number, height: number) =>
  plugin.user.addRectangle({ x, y, width, height });

function drawn(id: string) {
  const node = plugin.document.node(id);
  if (!node) throw new Error(`no node ${id}`);
  return node;
}

function setPaint(id: string, paint: Partial<ImagePaint>, above: Paint[] = []): void {
  const [fill] = drawn(id).fills;
  if (fill?.type !== 'IMAGE') throw new Error('expected an image fill');
  plugin.user.setProperties(id, { fills: [{ ...fill, ...paint }, ...above] });
}

function map([[a, c, e], [b, d, f]]: Transform, x: number, y: number): { x: number; y: number } {
  return { x: a * x + c * y + e, y: b * x + d * y + f };
}

test('a row of placeholders lies beside the picture at once, in the size of the results, over nothing', async () => {
  const photo = image(100, 50);
  const neighbour = image(500, 50);
  const { row } = await plugin.begin({ target: photo, count: 3, name: 'Vary' });
  expect(drawn(row)).toMatchObject({ type: 'FRAME', name: 'Vary', width: 3 * 300 + 2 * 24, height: 200, fills: [] });
  expect(drawn(row).absoluteBoundingBox).toMatchObject({ x: 100, y: 50 + 200 + 48 });
  const places = plugin.document.children(row).map(drawn);
  expect(places.map(({ width, height }) => [width, height])).toEqual(Array(3).fill([300, 200]));
  expect(drawn(neighbour).absoluteBoundingBox).toMatchObject({ x: 500, y: 50 });
});

test('the first row goes beside the picture, the next ones below it', async () => {
  const photo = image();
  const { row: first } = await plugin.begin({ target: photo });
  const { row: second } = await plugin.begin({ target: photo, ticket: 't2' });
  const { row: third } = await plugin.begin({ target: photo, ticket: 't3' });
  expect(drawn(first).absoluteBoundingBox).toMatchObject({ x: 324, y: 0 });
  expect(drawn(second).absoluteBoundingBox).toMatchObject({ x: 0, y: 248 });
  expect(drawn(third).absoluteBoundingBox).toMatchObject({ x: 0, y: 496 });
});

test('the selection stays, and the view moves only where the row would be out of it', async () => {
  const photo = image(-400);
  await plugin.select(photo);
  const before = plugin.document.viewport();
  await plugin.begin({ target: photo });
  expect(plugin.document.selection()).toEqual([photo]);
  expect(plugin.document.viewport()).toEqual(before);
  const far = image(90_000);
  await plugin.begin({ target: far, ticket: 't2' });
  expect(plugin.document.viewport().x).toBeGreaterThan(80_000);
});

test('the view moves too where some of the row would be out of it, and not for a sliver', async () => {
  const { x, y, width, zoom } = plugin.document.viewport();
  const right = x + width / zoom / 2;
  const sliver = image(right - 920, y);
  await plugin.begin({ target: sliver, count: 2 });
  expect(plugin.document.viewport().x).toBe(x);
  const half = image(right - 600, y + 400);
  const { row } = await plugin.begin({ target: half, count: 2, ticket: 't2' });
  const after = plugin.document.viewport();
  const box = drawn(row).absoluteBoundingBox;
  expect(box.x + box.width).toBeLessThanOrEqual(after.x + after.width / after.zoom / 2);
});

test('the row of a picture in a turned frame lies upright on the page', async () => {
  const photo = image(40, 40);
  const frame = plugin.user.addFrame({ x: 0, y: 0, width: 500, height: 500 });
  plugin.user.moveInto(photo, frame);
  plugin.user.rotate(frame, 30);
  const { row } = await plugin.begin({ target: photo });
  expect(drawn(row)).toMatchObject({ parent: plugin.document.currentPage(), rotation: 0 });
  const [outer, place] = [drawn(frame).absoluteBoundingBox, drawn(row).absoluteBoundingBox];
  expect(place.x).toBeCloseTo(outer.x + outer.width + 24, 6);
});

test('the row of a picture in a section lies in the section, where that has room for it', async () => {
  const makeSection = async (y: number, width: number) => {
    const made = await plugin.sandbox.evaluate(
      `const section = figma.createSection();
       section.resizeWithoutConstraints(args[1], 400);
       [section.x, section.y] = [100, args[0]];
       return section.id;`,
      y,
      width,
    );
    return String(made);
  };
  const wide = await makeSection(1000, 1200);
  const narrow = await makeSection(2000, 700);
  const inWide = image(150, 1040);
  const inNarrow = image(150, 2040);
  expect([inWide, inNarrow].map((id) => drawn(id).parent)).toEqual([wide, narrow]);
  const { row } = await plugin.begin({ target: inWide, count: 2 });
  expect(drawn(row)).toMatchObject({ parent: wide, absoluteBoundingBox: { x: 474, y: 1040, width: 624, height: 200 } });
  const { row: second } = await plugin.begin({ target: inNarrow, count: 2, ticket: 't2' });
  expect(drawn(second)).toMatchObject({
    parent: plugin.document.currentPage(),
    absoluteBoundingBox: { x: 474, y: 2040 },
  });
});

test('words alone make squares in the middle of the view', async () => {
  const { row } = await plugin.begin({ count: 2 });
  const { x, y } = plugin.document.viewport();
  const box = drawn(row).absoluteBoundingBox;
  expect(box.width).toBe(2 * 256 + 24);
  expect(Math.abs(box.x + box.width / 2 - x)).toBeLessThanOrEqual(1);
  expect(y - (box.y + box.height / 2)).toBeCloseTo(0.1 * (800 - 256), -1);
});

test('squares fill an empty frame, side by side or in a tall one below each other, and lie in its middle', async () => {
  const wide = plugin.user.addFrame({ x: 2000, y: 0, width: 3900, height: 980 });
  const { row } = await plugin.begin({ count: 3, frame: wide });
  const side = 980 - 2 * 24;
  expect(drawn(row)).toMatchObject({ parent: wide, width: 3 * side + 2 * 24, height: side });
  expect(drawn(row).absoluteBoundingBox).toMatchObject({ x: 2000 + (3900 - 3 * side - 2 * 24) / 2, y: 24 });
  const tall = plugin.user.addFrame({ x: 0, y: 3000, width: 390, height: 844 });
  const { row: column } = await plugin.begin({ count: 4, frame: tall, ticket: 't2' });
  expect(drawn(column)).toMatchObject({ parent: tall, width: 181, height: 4 * 181 + 3 * 24 });
  const places = plugin.document.children(column).map((id) => drawn(id).absoluteBoundingBox);
  expect(places.map(({ y }) => y - (places[0]?.y ?? 0))).toEqual([0, 205, 410, 615]);
});

test('words alone make pictures as large as the nearest ones that are seen, and none smaller than the model’s own', async () => {
  const { x, y } = plugin.document.viewport();
  const sideOf = async (ticket: string) => {
    const { row } = await plugin.begin({ count: 1, ticket });
    const { width, height } = drawn(row);
    expect(height).toBe(width);
    plugin.user.remove([row]);
    return width;
  };
  const near = image(x - 300, y - 250, 700, 500);
  image(x - 1500, y - 400, 1000, 800);
  image(90_000, y, 3000, 3000);
  expect(await sideOf('t1')).toBe(500);
  const { row } = await plugin.begin({ target: near, count: 2, ticket: 't2' });
  plugin.user.setViewport({ x: drawn(row).absoluteBoundingBox.x + 700, y: drawn(row).absoluteBoundingBox.y + 250 });
  plugin.user.remove([near]);
  // the pictures of a row are pictures like any other, also those that are being made
  expect(await sideOf('t3')).toBe(500);
  plugin.user.setViewport({ x: 0, y: -50_000 });
  expect(await sideOf('t4')).toBe(256);
  image(-20, -50_020, 40, 40);
  expect(await sideOf('t5')).toBe(256);
  // a backdrop is nothing to stand beside
  image(-5000, -55_000, 10_000, 10_000);
  expect(await sideOf('t6')).toBe(256);
});

test('a row for a frame that takes nothing in lies beside it, and nothing is left at the origin', async () => {
  const { user, document } = plugin;
  const board = user.addFrame({ x: 0, y: 0, width: 400, height: 400 });
  const component = user.makeComponent(user.group([board, user.addRectangle({ x: 0, y: 500, width: 9, height: 9 })]));
  const instance = user.addInstance(component, { x: 3000, y: 0 });
  const [inner = ''] = document.children(document.children(instance)[0] ?? '');
  const { row } = await plugin.begin({ frame: inner, count: 2 });
  expect(drawn(row).parent).toBe(document.currentPage());
  expect(drawn(row).absoluteBoundingBox.x).toBeGreaterThan(3400);
});

test('a fill comes as its own bytes and how it is shown', async () => {
  const photo = image();
  const imageTransform: Transform = [
    [0.5, 0, 0.25],
    [0, 0.6, 0.1],
  ];
  setPaint(photo, { scaleMode: 'CROP', imageTransform });
  plugin.user.rotate(photo, 20);
  const { base } = await plugin.begin({ target: photo });
  expect(base).toMatchObject({ way: 'fill', scaleMode: 'CROP', imageTransform, node: { width: 300, height: 200 } });
  expect(base?.bytes).toEqual(picture);
});

test('a shape in a frame is no part of the picture that fills it', async () => {
  const { fills } = drawn(image());
  const frame = plugin.user.addFrame({ x: 0, y: 500, width: 300, height: 200 });
  plugin.user.setProperties(frame, { fills });
  const shapes = [rectangle(10, 510, 50, 50)];
  expect(plugin.document.children(frame)).toEqual(shapes);
  const { base, masks } = await plugin.begin({ target: frame, shapes });
  expect(base).toMatchObject({ way: 'fill', bytes: picture });
  expect(masks).toHaveLength(1);
});

test.each(['FILL', 'FIT'] as const)('a fill in %s is a fill, whatever its quarter turns', async (scaleMode) => {
  const photo = image();
  setPaint(photo, { scaleMode, rotation: 90 });
  expect((await plugin.begin({ target: photo })).base).toMatchObject({ way: 'fill', scaleMode, rotation: 90 });
});

test('tiles, tints over a picture, and content are rendered, as sharp as what is in them', async () => {
  const tiled = image();
  setPaint(tiled, { scaleMode: 'TILE', scalingFactor: 0.5 });
  const { base } = await plugin.begin({ target: tiled });
  expect(base).toMatchObject({ way: 'export', scale: 2 });
  expect(await sharp(base?.bytes).metadata()).toMatchObject({ width: 600, height: 400 });

  const tinted = image(0, 500);
  setPaint(tinted, {}, [{ type: 'SOLID', color: { r: 1, g: 0, b: 0 }, opacity: 0.3 }]);
  expect((await plugin.begin({ target: tinted, ticket: 't2' })).base).toMatchObject({ way: 'export', scale: 1 });

  const sharpOne = plugin.user.addImage(await makePicture(90, 60), { x: 0, y: 1000, width: 30, height: 20 });
  const group = plugin.user.group([sharpOne, rectangle(40, 1000, 10, 10)]);
  expect((await plugin.begin({ target: group, ticket: 't3' })).base).toMatchObject({ way: 'export', scale: 3 });
});

test('what is rendered has at most 4096 pixels a side', async () => {
  const group = plugin.user.group([rectangle(0, 0, 8192, 100), rectangle(0, 200, 10, 10)]);
  const { base } = await plugin.begin({ target: group, count: 1 });
  expect(base).toMatchObject({ way: 'export', scale: 0.5 });
  expect((await sharp(base?.bytes).metadata()).width).toBe(4096);
});

test('growing keeps the fill where all of the picture is shown, and renders it where the node crops it', async () => {
  const expand = { left: 0, right: 60, top: 0, bottom: 0 };
  const whole = await plugin.begin({ target: image(), expand });
  expect(whole.base?.way).toBe('fill');
  expect(plugin.document.children(whole.row).map((id) => drawn(id).width)).toEqual([360, 360]);
  const cropped = image(0, 600, 200, 200);
  const { base } = await plugin.begin({ target: cropped, expand, ticket: 't2' });
  expect(base?.way).toBe('export');
});

test('a turned shape on a turned picture is sent in the coordinates of the picture', async () => {
  const photo = image(100, 100);
  plugin.user.rotate(photo, 25);
  const shape = rectangle(200, 150, 80, 40);
  plugin.user.rotate(shape, -50);
  const { masks } = await plugin.begin({ target: photo, shapes: [shape] });
  const [mask] = masks;
  if (!mask) throw new Error('no mask came');
  const wanted = multiply(invert(drawn(photo).absoluteTransform), drawn(shape).absoluteTransform);
  expect(mask.toBase.flat()).toEqual(wanted.flat().map((part) => expect.closeTo(part, 9)));
  // over the page, a corner of the shape is where the designer sees it
  const corner = map(drawn(photo).absoluteTransform, ...toPair(map(mask.toBase, 80, 40)));
  const seen = map(drawn(shape).absoluteTransform, 80, 40);
  expect([corner.x, corner.y]).toEqual([expect.closeTo(seen.x, 6), expect.closeTo(seen.y, 6)]);
  expect(mask.drawn).toMatchObject({ as: 'paths', paths: [{ data: expect.stringContaining('M') }] });
});

test('what is rendered lies along the page, and so do the shapes over it', async () => {
  const group = plugin.user.group([rectangle(100, 100, 200, 100), rectangle(100, 210, 50, 50)]);
  plugin.user.rotate(group, 30);
  const shape = rectangle(180, 140, 20, 20);
  const { base, masks } = await plugin.begin({ target: group, shapes: [shape], count: 1 });
  const box = drawn(group).absoluteBoundingBox;
  expect(base?.node.width).toBeCloseTo(box.width, 6);
  expect(map(firstOf(masks).toBase, 0, 0).x).toBeCloseTo(180 - box.x, 6);
});

test('groups of shapes come as one mask each shape, with the group’s opacity, and soft edges with their radius', async () => {
  const photo = image();
  const [one, two] = [rectangle(10, 10, 20, 20), rectangle(50, 10, 20, 20)];
  plugin.user.setProperties(two, {
    opacity: 0.5,
    effects: [{ type: 'LAYER_BLUR', blurType: 'NORMAL', radius: 6, visible: true }],
  });
  const group = plugin.user.group([one, two]);
  plugin.user.setProperties(group, { opacity: 0.5 });
  const { masks } = await plugin.begin({ target: photo, shapes: [group] });
  expect(masks.map(({ opacity, blur }) => [opacity, blur])).toEqual([
    [0.5, 0],
    [0.25, 6],
  ]);
});

test('boolean operations, strokes, and shapes without a fill have an outline too', async () => {
  const photo = image();
  const { user } = plugin;
  const union = user.combine([rectangle(10, 10, 40, 40), rectangle(30, 30, 40, 40)], 'SUBTRACT');
  const lasso = user.addStroke(
    [
      { x: 100, y: 10 },
      { x: 150, y: 20 },
      { x: 120, y: 60 },
    ],
    4,
  );
  const hollow = rectangle(200, 10, 40, 40);
  user.setProperties(hollow, { fills: [], strokes: [{ type: 'SOLID', color: { r: 0, g: 0, b: 0 } }] });
  const before = plugin.document.children(plugin.document.currentPage()).length;
  const { masks } = await plugin.begin({ target: photo, shapes: [union, lasso, hollow] });
  expect(masks.map(({ drawn }) => drawn.as === 'paths' && drawn.paths.length > 0)).toEqual([true, true, true]);
  // the row and nothing else is new
  expect(plugin.document.children(plugin.document.currentPage())).toHaveLength(before + 1);
});

test('text is drawn by Figma, over the box that it covers on the page', async () => {
  const photo = image();
  const text = plugin.user.addText({ x: 40, y: 60 }, 'Toile', 40);
  plugin.user.rotate(text, 15);
  const { masks } = await plugin.begin({ target: photo, shapes: [text] });
  const mask = firstOf(masks);
  const box = drawn(text).absoluteBoundingBox;
  expect(mask.drawn).toMatchObject({ as: 'alpha', width: box.width, height: box.height });
  expect(map(mask.toBase, 0, 0)).toEqual({ x: expect.closeTo(box.x, 6), y: expect.closeTo(box.y, 6) });
});

test('a mask that masks by its colours is drawn from a copy, which is gone afterwards', async () => {
  const photo = image();
  const shape = rectangle(10, 10, 80, 80);
  const stops = [0, 1].map((position) => ({ position, color: { r: 0, g: 0, b: 0, a: position } }));
  const gradientTransform: Transform = [
    [1, 0, 0],
    [0, 1, 0],
  ];
  plugin.user.setProperties(shape, {
    isMask: true,
    maskType: 'ALPHA',
    fills: [{ type: 'GRADIENT_LINEAR', gradientTransform, gradientStops: stops }],
  });
  const before = plugin.document.children(plugin.document.currentPage()).length;
  const { masks } = await plugin.begin({ target: photo, shapes: [shape] });
  expect(firstOf(masks).drawn).toMatchObject({ as: 'alpha', width: 80, height: 80 });
  expect(drawn(shape).isMask).toBe(true);
  expect(plugin.document.children(plugin.document.currentPage())).toHaveLength(before + 1);
});

test('a mask that masks by its outline is an outline like any other', async () => {
  const shape = rectangle(10, 10, 80, 80);
  plugin.user.setProperties(shape, { isMask: true, maskType: 'VECTOR' });
  const { masks } = await plugin.begin({ target: image(), shapes: [shape] });
  expect(firstOf(masks).drawn.as).toBe('paths');
});

test('references come with the picture', async () => {
  const other = plugin.user.addImage(await makePicture(20, 20, '#ff0000'), { x: 800, y: 0, width: 90, height: 90 });
  const { others } = await plugin.begin({ target: image(), others: [other] });
  expect(others).toMatchObject([{ way: 'fill', scaleMode: 'FILL', node: { width: 90, height: 90 } }]);
});

test.each([{ filters: { saturation: -1 } }, { opacity: 0.5 }, { blendMode: 'MULTIPLY' as const }])(
  'a reference that Figma shows otherwise than its bytes are is rendered, what is worked on is not: %j',
  async (paint) => {
    const [target, other] = [image(), image(800)];
    for (const id of [target, other]) setPaint(id, paint);
    const { base, others } = await plugin.begin({ target, others: [other] });
    expect(base?.way).toBe('fill');
    expect(others).toMatchObject([{ way: 'export' }]);
  },
);

test('a job whose picture was removed fails by its ticket, and leaves no row', async () => {
  const photo = image();
  plugin.user.remove([photo]);
  plugin.tell({ type: 'begin', ticket: 't9', name: 'Vary', count: 1, target: photo, shapes: [], others: [] });
  expect(await plugin.next('failed')).toMatchObject({ code: 'node-gone', ticket: 't9' });
  expect(plugin.document.children(plugin.document.currentPage())).toEqual([]);
});

test('a picture that cannot be rendered fails by its ticket, and its row goes, and the view with it', async () => {
  plugin.sandbox.dispose();
  plugin = await openPlugin({ render: () => Promise.reject(new Error('out of memory')) });
  const group = plugin.user.group([rectangle(0, 0, 10, 10), rectangle(20, 0, 10, 10)]);
  plugin.user.setViewport({ x: 0, y: 7000, zoom: 0.1 });
  const view = plugin.document.viewport();
  plugin.tell({ type: 'begin', ticket: 't9', name: 'Vary', count: 1, target: group, shapes: [], others: [] });
  const failed = await plugin.next('failed');
  expect(failed).toMatchObject({ code: 'unexpected', ticket: 't9', detail: expect.stringContaining('out of memory') });
  expect(plugin.document.children(plugin.document.currentPage())).toEqual([group]);
  expect(plugin.document.viewport()).toEqual(view);
});

test('a row that is removed while its picture is read ends its job, and says that it was the row', async () => {
  plugin.sandbox.dispose();
  let draw: (bytes: Uint8Array) => void = () => undefined;
  const drawn = new Promise<Uint8Array>((resolve) => (draw = resolve));
  plugin = await openPlugin({ render: () => drawn });
  const group = plugin.user.group([rectangle(0, 0, 10, 10), rectangle(20, 0, 10, 10)]);
  plugin.tell({ type: 'begin', ticket: 't9', name: 'Vary', count: 1, target: group, shapes: [], others: [] });
  const others = () => plugin.document.children(plugin.document.currentPage()).filter((id) => id !== group);
  await plugin.sandbox.until(() => others().length === 1);
  plugin.user.remove(others());
  draw(await makePicture(8, 8));
  expect(await plugin.next('failed')).toMatchObject({ code: 'row-gone', ticket: 't9' });
});

test('a row that cannot be made leaves nothing behind', async () => {
  const photo = image();
  // as a later Figma may have it: read, and not to be set
  const saved = plugin.sandbox.save();
  plugin.sandbox.load(saved.replaceAll('"scaleMode":"FILL"', '"scaleMode":"FILL","later":true'));
  const view = plugin.document.viewport();
  plugin.tell({ type: 'begin', ticket: 't9', name: 'Vary', count: 2, target: photo, shapes: [], others: [] });
  expect(await plugin.next('failed')).toMatchObject({ code: 'unexpected', ticket: 't9' });
  expect(plugin.document.children(plugin.document.currentPage())).toEqual([photo]);
  expect(plugin.document.viewport()).toEqual(view);
});

test('a picture over a pattern, which a plugin cannot set at once, is varied without the pattern', async () => {
  const photo = image();
  const pattern: Paint = {
    type: 'PATTERN',
    sourceNodeId: rectangle(0, 500, 10, 10),
    tileType: 'RECTANGULAR',
    scalingFactor: 1,
    spacing: { x: 0, y: 0 },
    horizontalAlignment: 'START',
  };
  const [fill] = drawn(photo).fills;
  if (!fill) throw new Error('expected a fill');
  plugin.user.setProperties(photo, { fills: [pattern, fill] });
  const { row, base } = await plugin.begin({ target: photo, count: 1 });
  expect(base).toMatchObject({ way: 'fill', bytes: picture });
  const [place = ''] = plugin.document.children(row);
  expect(drawn(place).fills.map(({ type }) => type)).toEqual(['IMAGE', 'SOLID']);
});

test('what was put into a row stays where its picture cannot be rendered', async () => {
  let fail = (): void => undefined;
  const over = new Promise<void>((resolve) => (fail = resolve));
  const render = async () => {
    await over;
    throw new Error('out of memory');
  };
  plugin.sandbox.dispose();
  plugin = await openPlugin({ render });
  const group = plugin.user.group([rectangle(0, 0, 10, 10), rectangle(20, 0, 10, 10)]);
  const own = rectangle(9000, 0, 10, 10);
  const page = () => plugin.document.children(plugin.document.currentPage());
  plugin.tell({ type: 'begin', ticket: 't9', name: 'Vary', count: 1, target: group, shapes: [], others: [] });
  await plugin.sandbox.until(() => page().length === 3);
  const row = page()[2] ?? '';
  plugin.user.moveInto(own, row);
  fail();
  await plugin.next('failed');
  expect(page()).toEqual([group, row]);
  expect(plugin.document.children(row)).toEqual([own]);
});

test('the source is what it was, to the last property', async () => {
  const photo = image();
  const shape = rectangle(10, 10, 40, 40);
  const before = [drawn(photo), drawn(shape)];
  await plugin.begin({ target: photo, shapes: [shape] });
  expect([drawn(photo), drawn(shape)]).toEqual(before);
});

function firstOf(masks: MaskShape[]): MaskShape {
  const [mask] = masks;
  if (!mask) throw new Error('no mask came');
  return mask;
}

function toPair({ x, y }: { x: number; y: number }): [number, number] {
  return [x, y];
}
