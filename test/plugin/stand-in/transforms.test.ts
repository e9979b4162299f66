import { expect, test } from 'vitest';
import { invert, multiply, place } from '../../../plugin/affine.js';
import { makeDesk } from '../../support/stand-in.js';

const close = (transform: Transform) => transform.flat().map((part) => Math.round(part * 1e6) / 1e6 + 0);

test('rotation is counter-clockwise about the top left corner, and reads back from relativeTransform', () => {
  const { figma } = makeDesk();
  const node = figma.createRectangle();
  [node.x, node.y, node.rotation] = [50, 60, 90];
  expect(close(node.relativeTransform)).toEqual([0, 1, 50, -1, 0, 60]);
  expect(node.rotation).toBeCloseTo(90);
  node.relativeTransform = [
    [Math.cos(0.5), Math.sin(0.5), 7],
    [-Math.sin(0.5), Math.cos(0.5), 8],
  ];
  expect(node.rotation).toBeCloseTo((0.5 * 180) / Math.PI);
  expect([node.x, node.y]).toEqual([7, 8]);
});

test('a transform never scales: its axes are made one unit long', () => {
  const { figma } = makeDesk();
  const node = figma.createRectangle();
  node.relativeTransform = [
    [3, 0, 1],
    [0, 5, 2],
  ];
  expect(node.relativeTransform).toEqual([
    [1, 0, 1],
    [0, 1, 2],
  ]);
});

test('the upright box of a turned node holds its corners', () => {
  const { figma } = makeDesk();
  const node = figma.createRectangle();
  node.resize(30, 40);
  node.rotation = 90;
  const { x, y, width, height } = node.absoluteBoundingBox ?? { x: NaN, y: NaN, width: NaN, height: NaN };
  expect([x, y, width, height].map((part) => Math.round(part * 1e6) / 1e6 + 0)).toEqual([0, -30, 40, 30]);
});

test('coordinates count from the nearest frame, past groups', () => {
  const { figma } = makeDesk();
  const frame = figma.createFrame();
  [frame.x, frame.y, frame.rotation] = [100, 50, 30];
  const inner = figma.createRectangle();
  frame.appendChild(inner);
  [inner.x, inner.y, inner.rotation] = [10, 20, 15];
  const before = inner.absoluteTransform;
  const group = figma.group([inner], frame);
  expect(inner.parent).toBe(group);
  expect(close(inner.absoluteTransform)).toEqual(close(before));
  expect([inner.x, inner.y]).toEqual([10, 20].map((part) => expect.closeTo(part)));
  expect(close(multiply(frame.absoluteTransform, inner.relativeTransform))).toEqual(close(before));
});

test('a shape over a turned picture maps into the picture through both absolute transforms', () => {
  const { standIn } = makeDesk();
  const picture = standIn.user.addRectangle({ x: 100, y: 100, width: 200, height: 100 });
  standIn.user.rotate(picture, 90);
  const shape = standIn.user.addRectangle({ x: 150, y: 50, width: 20, height: 20 });
  const target = standIn.document.node(picture)?.absoluteTransform;
  const mask = standIn.document.node(shape)?.absoluteTransform;
  if (!target || !mask) throw new Error('Both are there.');
  // turned about its centre (200, 150), the picture covers x 150-250 and y 50-250: its own top right corner is now top left
  const corner = place(multiply(invert(target), mask), { x: 0, y: 0 });
  expect(corner.x).toBeCloseTo(200);
  expect(corner.y).toBeCloseTo(0);
});

test('moving a group moves what it holds; its box follows what it holds', () => {
  const { figma } = makeDesk();
  const [one, other] = [figma.createRectangle(), figma.createEllipse()];
  [other.x, other.y] = [200, 100];
  const group = figma.group([one, other], figma.currentPage);
  expect([group.x, group.y, group.width, group.height]).toEqual([0, 0, 300, 200]);
  group.x = 1000;
  expect([one.x, other.x]).toEqual([1000, 1200]);
  one.x = 900;
  expect([group.x, group.width]).toEqual([900, 400]);
  group.resize(800, 400);
  expect([one.width, one.height, other.x, other.width]).toEqual([200, 200, 1500, 200]);
});

test('turning a group turns what it holds about its corner', () => {
  const { figma } = makeDesk();
  const [one, other] = [figma.createRectangle(), figma.createRectangle()];
  other.x = 200;
  const group = figma.group([one, other], figma.currentPage);
  group.rotation = 90;
  expect([other.x, other.y, other.rotation]).toEqual([0, -200, 90].map((part) => expect.closeTo(part)));
  expect([group.width, group.height, group.rotation]).toEqual([300, 100, 90].map((part) => expect.closeTo(part)));
});

test('what is put into another parent keeps its relative place, as in Figma', () => {
  const { figma } = makeDesk();
  const frame = figma.createFrame();
  [frame.x, frame.y] = [500, 500];
  const node = figma.createRectangle();
  node.x = 20;
  frame.appendChild(node);
  expect(node.x).toBe(20);
  expect(node.absoluteBoundingBox).toEqual({ x: 520, y: 500, width: 100, height: 100 });
});

test('a designer turns a node about its centre', () => {
  const { standIn } = makeDesk();
  const id = standIn.user.addRectangle({ x: 0, y: 0, width: 100, height: 100 });
  standIn.user.rotate(id, 90);
  const box = standIn.document.node(id)?.absoluteBoundingBox;
  expect(Object.values(box ?? {})).toEqual([0, 0, 100, 100].map((part) => expect.closeTo(part)));
  expect(standIn.document.node(id)?.rotation).toBeCloseTo(90);
});

test('bounds of what is rendered reach as far as strokes and shadows, and no further than a clipping frame', () => {
  const { figma } = makeDesk();
  const frame = figma.createFrame();
  const node = figma.createRectangle();
  node.strokes = [{ type: 'SOLID', color: { r: 0, g: 0, b: 0 } }];
  [node.strokeAlign, node.strokeWeight] = ['OUTSIDE', 10];
  expect(node.absoluteRenderBounds).toEqual({ x: -10, y: -10, width: 120, height: 120 });
  frame.appendChild(node);
  expect(node.absoluteRenderBounds).toEqual({ x: 0, y: 0, width: 100, height: 100 });
  node.visible = false;
  expect(node.absoluteRenderBounds).toBeNull();
});
