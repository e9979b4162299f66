import { expect, test } from 'vitest';
import { makeDesk } from '../../support/stand-in.js';

function makeRow(figma: PluginAPI, sides: readonly (readonly [number, number])[]) {
  const row = figma.createFrame();
  row.layoutMode = 'HORIZONTAL';
  [row.primaryAxisSizingMode, row.counterAxisSizingMode, row.itemSpacing] = ['AUTO', 'AUTO', 24];
  const items = sides.map(([width, height]) => {
    const item = figma.createRectangle();
    item.resize(width, height);
    row.appendChild(item);
    return item;
  });
  return { row, items };
}

test('a row lays its items out and hugs them', () => {
  const { figma } = makeDesk();
  const { row, items } = makeRow(figma, [
    [100, 50],
    [60, 80],
  ]);
  expect([row.width, row.height]).toEqual([184, 80]);
  expect(items.map(({ x, y }) => [x, y])).toEqual([
    [0, 0],
    [124, 0],
  ]);
  [row.paddingLeft, row.paddingTop] = [10, 5];
  row.counterAxisAlignItems = 'CENTER';
  expect([row.width, row.height]).toEqual([194, 85]);
  expect(items.map(({ x, y }) => [x, y])).toEqual([
    [10, 20],
    [134, 5],
  ]);
});

test('a row closes the gap that a removed, hidden or resized item leaves', () => {
  const { figma } = makeDesk();
  const { row, items } = makeRow(figma, [
    [100, 50],
    [100, 50],
    [100, 50],
  ]);
  const [first, second, third] = items;
  first?.remove();
  expect([row.width, second?.x, third?.x]).toEqual([224, 0, 124]);
  if (second) second.visible = false;
  expect([row.width, third?.x]).toEqual([100, 0]);
  third?.resize(30, 40);
  expect([row.width, row.height]).toEqual([30, 40]);
});

test('items of a row cannot be placed by hand', () => {
  const { figma } = makeDesk();
  const { items } = makeRow(figma, [[100, 50]]);
  if (items[0]) items[0].x = 77;
  expect(items[0]?.x).toBe(0);
});

test('a turned item takes the room of its upright box', () => {
  const { figma } = makeDesk();
  const { row, items } = makeRow(figma, [
    [100, 50],
    [10, 10],
  ]);
  if (items[0]) items[0].rotation = 90;
  expect([row.width, row.height]).toEqual([84, 100].map((side) => expect.closeTo(side)));
  expect(items[0]?.absoluteBoundingBox).toMatchObject({ x: expect.closeTo(0), y: expect.closeTo(0) });
  expect(items[1]?.x).toBeCloseTo(74);
});

test('a row in a column makes the column grow', () => {
  const { figma } = makeDesk();
  const { row } = makeRow(figma, [[100, 50]]);
  const column = figma.createFrame();
  column.layoutMode = 'VERTICAL';
  column.counterAxisSizingMode = 'AUTO';
  column.appendChild(row);
  column.appendChild(figma.createRectangle());
  expect([column.width, column.height]).toEqual([100, 150]);
  const item = figma.createRectangle();
  row.appendChild(item);
  expect([column.width, column.height]).toEqual([224, 200]);
});

test('FILL takes what is left, HUG is for auto layout and text alone', () => {
  const { figma } = makeDesk();
  const { row, items } = makeRow(figma, [
    [100, 50],
    [100, 50],
  ]);
  row.resize(400, 90);
  expect([row.primaryAxisSizingMode, row.layoutSizingHorizontal]).toEqual(['FIXED', 'FIXED']);
  const [first, second] = items;
  if (!first || !second) throw new Error('There are two.');
  second.layoutSizingHorizontal = 'FILL';
  second.layoutSizingVertical = 'FILL';
  expect([second.width, second.height, second.layoutSizingHorizontal]).toEqual([276, 90, 'FILL']);
  expect(() => (first.layoutSizingHorizontal = 'HUG')).toThrow('HUG can only be set on auto-layout frames');
  second.layoutSizingHorizontal = 'FIXED';
  row.layoutSizingHorizontal = 'HUG';
  expect([row.width, row.height]).toEqual([400, 90]);
});

test('children follow a frame by their constraints', () => {
  const { figma } = makeDesk();
  const frame = figma.createFrame();
  const [stays, stretches, follows] = [figma.createRectangle(), figma.createRectangle(), figma.createRectangle()];
  for (const node of [stays, stretches, follows]) {
    frame.appendChild(node);
    node.resize(20, 20);
  }
  stretches.constraints = { horizontal: 'STRETCH', vertical: 'SCALE' };
  follows.constraints = { horizontal: 'MAX', vertical: 'CENTER' };
  frame.resize(200, 200);
  expect([stays.x, stays.width]).toEqual([0, 20]);
  expect([stretches.width, stretches.height]).toEqual([120, 40]);
  expect([follows.x, follows.y]).toEqual([100, 50]);
  frame.resizeWithoutConstraints(300, 300);
  expect(stretches.width).toBe(120);
});

test('sizes below a hundredth are refused, and a line has no height', () => {
  const { figma } = makeDesk();
  expect(() => figma.createRectangle().resize(0, 10)).toThrow('Value must be >= 0.01');
  expect(() => figma.createLine().resize(50, 1)).toThrow('must be exactly 0');
});
