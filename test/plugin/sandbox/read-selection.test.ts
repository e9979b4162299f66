/** What the panel offers follows from what is selected. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePicture, makeRecipe, openPlugin, type Plugin } from './open-plugin.js';

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

const image = (x: number, y = 0, width = 300, height = 200) => plugin.user.addImage(picture, { x, y, width, height });
const rectangle = (x: number, y: number, width: number, height: number) =>
  plugin.user.addRectangle({ x, y, width, height });

test('nothing is nothing, and an empty frame is where results go', async () => {
  expect(await plugin.select()).toEqual({ kind: 'nothing' });
  const frame = plugin.user.addFrame({ x: 0, y: 0, width: 400, height: 400 });
  plugin.user.rename(frame, 'Board');
  expect(await plugin.select(frame)).toEqual({ kind: 'nothing', frame: { id: frame, name: 'Board' } });
});

test('an empty frame of an instance takes no results', async () => {
  const { user, document } = plugin;
  const board = user.addFrame({ x: 0, y: 0, width: 400, height: 400 });
  const component = user.makeComponent(user.group([board, rectangle(10, 500, 50, 50)]));
  const instance = user.addInstance(component, { x: 600, y: 0 });
  const [inner = ''] = document.children(document.children(instance)[0] ?? '');
  expect(document.node(inner)?.type).toBe('FRAME');
  expect(await plugin.select(inner)).toEqual({ kind: 'nothing' });
});

test('a picture that is cropped comes with the pixels that an expansion of it has', async () => {
  const photo = image(0, 0, 30, 20);
  expect((await plugin.select(photo)) as object).not.toHaveProperty('target.shown');
  const cropped = image(100, 0, 20, 20);
  expect(await plugin.select(cropped)).toMatchObject({
    target: { pixels: { width: 60, height: 40 }, shown: { width: 40, height: 40 } },
  });
});

test('a picture comes with its size on the canvas and in pixels', async () => {
  const photo = image(0);
  expect(await plugin.select(photo)).toMatchObject({
    kind: 'image',
    target: { id: photo, width: 300, height: 200, look: 'image', pixels: { width: 60, height: 40 } },
  });
});

test('shapes come with how opaque the faintest of them is, as it masks, groups included', async () => {
  const { user } = plugin;
  const photo = image(0);
  const [one, two, three] = [rectangle(10, 10, 20, 20), rectangle(50, 10, 20, 20), rectangle(90, 10, 20, 20)];
  expect(await plugin.select(photo, one, two)).not.toHaveProperty('opacity');
  user.setProperties(one, { opacity: 0.5 });
  expect(await plugin.select(photo, one, two)).toMatchObject({ kind: 'shapes', opacity: 0.5 });
  expect(await plugin.select(photo, two)).not.toHaveProperty('opacity');
  const group = user.group([one, three]);
  user.setProperties(group, { opacity: 0.5 });
  expect(await plugin.select(photo, group, two)).toMatchObject({ kind: 'shapes', opacity: 0.25 });
});

test('shapes of every kind over a picture are masks, those beside it are not', async () => {
  const photo = image(0);
  const { user } = plugin;
  const over = [
    rectangle(10, 10, 20, 20),
    user.addEllipse({ x: 50, y: 10, width: 30, height: 30 }),
    user.addPolygon([
      { x: 100, y: 10 },
      { x: 140, y: 15 },
      { x: 120, y: 60 },
    ]),
    user.addStroke(
      [
        { x: 150, y: 10 },
        { x: 180, y: 60 },
      ],
      8,
    ),
    user.addText({ x: 20, y: 100 }, 'Toile', 32),
    user.combine([rectangle(200, 20, 30, 30), rectangle(215, 35, 30, 30)], 'UNION'),
    user.group([rectangle(200, 100, 20, 20), rectangle(240, 100, 20, 20)]),
  ];
  const beside = rectangle(1000, 1000, 20, 20);
  const subject = await plugin.select(photo, ...over, beside);
  expect(subject).toMatchObject({ kind: 'shapes', target: { id: photo } });
  expect(subject.kind === 'shapes' && subject.shapes.map(({ id }) => id).sort()).toEqual([...over].sort());
});

test('a shape alone takes the picture that it lies over, the topmost of several', async () => {
  image(0);
  const upper = image(20);
  const shape = rectangle(60, 60, 20, 20);
  image(1000);
  expect(await plugin.select(shape)).toMatchObject({ kind: 'shapes', target: { id: upper }, shapes: [{ id: shape }] });
});

test('a shape that reaches a little past its picture leaves the neighbour alone, and a backdrop too', async () => {
  image(-100, -100, 1000, 500);
  const first = image(0);
  image(324);
  const shape = plugin.user.addEllipse({ x: 200, y: 40, width: 140, height: 80 });
  expect(await plugin.select(shape)).toMatchObject({ kind: 'shapes', target: { id: first } });
  const more = plugin.user.addEllipse({ x: 210, y: -20, width: 120, height: 60 });
  expect(await plugin.select(shape, more)).toMatchObject({ kind: 'shapes', target: { id: first } });
});

test('a shape that was drawn into a frame with a picture for its fill lies over that picture', async () => {
  const { user, document } = plugin;
  const [fill] = document.node(image(900))?.fills ?? [];
  const frame = user.addFrame({ x: 0, y: 0, width: 300, height: 200 });
  if (fill) user.setProperties(frame, { fills: [fill] });
  const shape = rectangle(10, 10, 50, 50);
  expect(document.node(shape)?.parent).toBe(frame);
  expect(await plugin.select(shape)).toMatchObject({
    kind: 'shapes',
    target: { id: frame, look: 'image' },
    shapes: [{ id: shape }],
  });
  expect(await plugin.select(frame)).toMatchObject({ kind: 'image', target: { id: frame, look: 'content' } });
});

test('a group of shapes alone lies over a picture as they do, and is a picture itself on a bare page', async () => {
  const photo = image(0);
  const { user } = plugin;
  const sleeves = user.group([
    user.addEllipse({ x: 10, y: 40, width: 60, height: 90 }),
    user.addEllipse({ x: 230, y: 40, width: 60, height: 90 }),
  ]);
  const collar = rectangle(120, 10, 60, 30);
  expect(await plugin.select(sleeves)).toMatchObject({
    kind: 'shapes',
    target: { id: photo },
    shapes: [{ id: sleeves }],
  });
  const both = await plugin.select(sleeves, collar);
  expect(both).toMatchObject({ kind: 'shapes', target: { id: photo } });
  expect(both.kind === 'shapes' && both.shapes.map(({ id }) => id).sort()).toEqual([sleeves, collar].sort());
  user.move([sleeves], 0, 900);
  expect(await plugin.select(sleeves)).toMatchObject({ kind: 'image', target: { id: sleeves, look: 'content' } });
});

test('a shape over no picture is told apart from nothing to work on', async () => {
  expect(await plugin.select(rectangle(0, 0, 20, 20))).toEqual({ kind: 'unusable', reason: 'shape-alone' });
});

test('of two pictures the larger is worked on; of equal ones the left comes first', async () => {
  const small = image(0, 0, 90, 60);
  const large = image(500);
  expect(await plugin.select(small, large)).toMatchObject({
    kind: 'pair',
    target: { id: large },
    other: { id: small },
  });
  const right = image(1000);
  expect(await plugin.select(right, large)).toMatchObject({
    kind: 'pair',
    target: { id: large },
    other: { id: right },
  });
});

test('of two pictures and shapes, that with the most under the shapes is worked on', async () => {
  const large = image(0, 0, 600, 400);
  const swatch = image(800, 0, 90, 60);
  const shape = rectangle(810, 10, 40, 40);
  expect(await plugin.select(large, swatch, shape)).toMatchObject({
    kind: 'shapes-and-other',
    target: { id: swatch },
    shapes: [{ id: shape }],
    other: { id: large },
  });
});

test('three pictures are too many', async () => {
  expect(await plugin.select(image(0), image(400), image(800))).toEqual({ kind: 'unusable', reason: 'too-many' });
});

test('what is hidden, or in something hidden, is not worked on', async () => {
  const photo = image(0);
  plugin.user.setProperties(photo, { visible: false });
  expect(await plugin.select(photo)).toEqual({ kind: 'unusable', reason: 'hidden' });
  const inner = image(0, 300);
  const frame = plugin.user.addFrame({ x: 0, y: 300, width: 400, height: 400 });
  plugin.user.moveInto(inner, frame);
  plugin.user.setProperties(frame, { visible: false });
  expect(await plugin.select(inner)).toEqual({ kind: 'unusable', reason: 'hidden' });
});

test('a frame that holds one picture stands for it, and says how much room there is around', async () => {
  const photo = image(50, 30);
  const frame = plugin.user.addFrame({ x: 0, y: 0, width: 400, height: 260 });
  plugin.user.moveInto(photo, frame);
  expect(await plugin.select(frame)).toMatchObject({
    kind: 'image',
    target: { id: photo },
    room: { left: 50, top: 30, right: 50, bottom: 30 },
  });
});

test('a frame that cuts its picture is content, which is what is seen', async () => {
  const photo = image(-50, 0);
  const frame = plugin.user.addFrame({ x: 0, y: 0, width: 200, height: 200 });
  plugin.user.moveInto(photo, frame);
  expect(await plugin.select(frame)).toMatchObject({ kind: 'image', target: { id: frame, look: 'content' } });
});

test('groups, components and instances with something in them are one picture', async () => {
  const { user } = plugin;
  const group = user.group([image(0), rectangle(10, 10, 50, 50)]);
  expect(await plugin.select(group)).toMatchObject({ kind: 'image', target: { id: group, look: 'content' } });
  const drawing = user.group([rectangle(0, 500, 50, 50), rectangle(60, 500, 50, 50)]);
  expect(await plugin.select(drawing)).toMatchObject({ kind: 'image', target: { id: drawing, look: 'content' } });
  const component = user.makeComponent(user.group([image(0, 900), rectangle(10, 910, 50, 50)]));
  const instance = user.addInstance(component, { x: 600, y: 900 });
  expect(await plugin.select(instance)).toMatchObject({ kind: 'image', target: { id: instance, look: 'content' } });
});

test('a group with a shape over it is edited inside the shape', async () => {
  const group = plugin.user.group([image(0), rectangle(0, 0, 50, 50)]);
  const shape = rectangle(100, 100, 50, 50);
  expect(await plugin.select(group, shape)).toMatchObject({
    kind: 'shapes',
    target: { id: group, look: 'content' },
    shapes: [{ id: shape }],
  });
});

test('a row that is worked on is left alone, and its finished pictures are not', async () => {
  const photo = image(0);
  const { row } = await plugin.begin({ target: photo });
  const [first = '', second = ''] = plugin.document.children(row);
  expect(await plugin.select(row)).toEqual({ kind: 'unusable', reason: 'busy-row' });
  expect(await plugin.select(first)).toEqual({ kind: 'unusable', reason: 'busy-row' });
  const recipe = makeRecipe();
  plugin.tell({ type: 'land', row, variant: 0, bytes: picture, recipe });
  await plugin.sandbox.settle();
  expect(await plugin.select(first)).toMatchObject({ kind: 'image', target: { id: first, recipe } });
  expect(await plugin.select(second)).toEqual({ kind: 'unusable', reason: 'busy-row' });
});

test('a result names the layer that it was made from, as long as that is there', async () => {
  const photo = image(0);
  const { row } = await plugin.begin({ target: photo });
  const [first = '', second = ''] = plugin.document.children(row);
  const [made, madeAgain] = [makeRecipe({ parent: photo }), makeRecipe({ variant: 1, parent: first })];
  plugin.tell({ type: 'land', row, variant: 0, bytes: picture, recipe: made });
  plugin.tell({ type: 'land', row, variant: 1, bytes: picture, recipe: madeAgain });
  await plugin.sandbox.settle();
  plugin.user.rename(photo, 'Look 3');
  expect(await plugin.select(first)).toMatchObject({ target: { madeFrom: { name: 'Look 3' } } });
  expect(await plugin.select(second)).toMatchObject({
    target: { madeFrom: { name: 'blue jeans · 7', recipe: made } },
  });
  plugin.user.remove([photo]);
  expect(await plugin.select(first)).not.toHaveProperty('target.madeFrom');
});

test('the panel hears of a change of what is selected, and not of one that makes no difference', async () => {
  const photo = image(0);
  const elsewhere = rectangle(5000, 5000, 10, 10);
  await plugin.select(photo);
  plugin.user.resize(photo, { width: 150, height: 100 });
  await plugin.sandbox.settle();
  expect(plugin.sandbox.received.at(-1)).toMatchObject({ type: 'selected', subject: { target: { width: 150 } } });
  const before = plugin.said('selected');
  plugin.user.move([elsewhere], 10, 10);
  await plugin.sandbox.settle();
  expect(plugin.said('selected')).toBe(before);
});

test('another page has a selection of its own, which the panel follows', async () => {
  const photo = image(0);
  await plugin.select(photo);
  plugin.user.setPage(plugin.user.addPage('Page 2'));
  await plugin.sandbox.settle();
  expect(plugin.sandbox.received.at(-1)).toEqual({ type: 'selected', subject: { kind: 'nothing' } });
  const other = image(0);
  expect(await plugin.select(other)).toMatchObject({ kind: 'image', target: { id: other } });
});
