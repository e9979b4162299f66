import { expect, test } from 'vitest';
import sharp from 'sharp';
import { makeDesk } from '../../support/stand-in.js';

const box = { x: 0, y: 0, width: 40, height: 20 };

test('a picture lands in the middle of the view at its own size, selected', async () => {
  const { standIn } = makeDesk();
  standIn.user.setViewport({ x: 100, y: 50 });
  const png = await sharp({ create: { width: 60, height: 20, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const id = standIn.user.addImage(new Uint8Array(png));
  expect(standIn.document.node(id)?.absoluteBoundingBox).toEqual({ x: 70, y: 40, width: 60, height: 20 });
  expect(standIn.document.selection()).toEqual([id]);
});

test('what is drawn within a frame belongs to it, but not to an auto-layout row', () => {
  const { standIn, figma } = makeDesk();
  const frame = standIn.user.addFrame({ x: 100, y: 100, width: 200, height: 200 });
  const inner = standIn.user.addRectangle({ x: 120, y: 130, width: 20, height: 20 });
  const across = standIn.user.addRectangle({ x: 90, y: 130, width: 20, height: 20 });
  expect([standIn.document.node(inner)?.parent, standIn.document.node(across)?.parent]).toEqual([frame, '0:1']);
  expect(standIn.document.node(inner)?.absoluteBoundingBox).toMatchObject({ x: 120, y: 130 });
  const row = figma.createFrame();
  row.layoutMode = 'HORIZONTAL';
  const over = standIn.user.addRectangle({ x: 10, y: 10, width: 20, height: 20 });
  expect(standIn.document.node(over)?.parent).toBe('0:1');
});

test('grouping and ungrouping leave everything where it is, one undo each', () => {
  const { standIn } = makeDesk();
  const { user, document } = standIn;
  const ids = [user.addRectangle(box), user.addEllipse({ ...box, x: 100 })];
  user.rotate(ids[0] ?? '', 30);
  const places = () => ids.map((id) => document.node(id)?.absoluteTransform);
  const before = places();
  const group = user.group(ids);
  expect(document.children(group)).toEqual(ids);
  expect(places()).toEqual(before);
  user.ungroup(group);
  expect([document.node(group), document.children('0:1')]).toEqual([undefined, ids]);
  expect(places()).toEqual(before);
  user.undo();
  expect(document.selection()).toEqual([group]);
});

test('a turned node keeps its place on the page when it is moved into a turned frame', () => {
  const { standIn } = makeDesk();
  const { user, document } = standIn;
  const frame = user.addFrame({ x: 300, y: 0, width: 100, height: 100 });
  user.rotate(frame, 45);
  const id = user.addRectangle(box);
  user.rotate(id, 10);
  const before = document.node(id)?.absoluteTransform.flat() ?? [];
  user.moveInto(id, frame);
  expect(document.children(frame)).toEqual([id]);
  expect(document.node(id)?.absoluteTransform.flat()).toEqual(before.map((part) => expect.closeTo(part)));
});

test('shapes are combined into one, in the place of the topmost', () => {
  const { standIn } = makeDesk();
  const { user, document } = standIn;
  const [one, other, above] = [user.addRectangle(box), user.addEllipse(box), user.addRectangle(box)];
  const id = user.combine([one, other], 'SUBTRACT');
  expect(document.children('0:1')).toEqual([id, above]);
  expect(document.node(id)).toMatchObject({ type: 'BOOLEAN_OPERATION', width: 40, height: 20 });
});

test('a frame becomes a component in its place, and instances look like it', () => {
  const { standIn } = makeDesk();
  const { user, document } = standIn;
  const frame = user.addFrame({ x: 10, y: 20, width: 50, height: 50 });
  const inner = user.addRectangle({ x: 20, y: 30, width: 10, height: 10 });
  const component = user.makeComponent(frame);
  expect(document.node(component)).toMatchObject({ type: 'COMPONENT', children: [inner] });
  expect(document.node(inner)?.absoluteBoundingBox).toMatchObject({ x: 20, y: 30 });
  const instance = user.addInstance(component, { x: 500, y: 0 });
  const [child = ''] = document.children(instance);
  expect(document.node(child)?.absoluteBoundingBox).toEqual({ x: 510, y: 10, width: 10, height: 10 });
});

test('resizing keeps the corner that is given in place', () => {
  const { standIn } = makeDesk();
  const id = standIn.user.addRectangle(box);
  standIn.user.resize(id, { width: 10, height: 10, at: { x: 30, y: 10 } });
  expect(standIn.document.node(id)?.absoluteBoundingBox).toEqual({ x: 30, y: 10, width: 10, height: 10 });
});

test('a duplicate lies above what it is a copy of, a little aside', () => {
  const { standIn } = makeDesk();
  const [one, above] = [standIn.user.addRectangle(box), standIn.user.addRectangle(box)];
  const [copy = ''] = standIn.user.duplicate([one]);
  expect(standIn.document.children('0:1')).toEqual([one, copy, above]);
  expect(standIn.document.node(copy)?.absoluteBoundingBox).toMatchObject({ x: 24, y: 24 });
});
