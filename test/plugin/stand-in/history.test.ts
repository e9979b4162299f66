import { expect, test } from 'vitest';
import sharp from 'sharp';
import { makeDesk } from '../../support/stand-in.js';

const box = { x: 0, y: 0, width: 10, height: 10 };

test('one undo takes back all that a plugin did up to its commit, exactly', async () => {
  const { standIn, figma } = makeDesk();
  const source = standIn.user.addRectangle(box);
  const before = standIn.save();
  const row = figma.createFrame();
  row.layoutMode = 'HORIZONTAL';
  for (const name of ['one', 'two']) {
    const item = figma.createRectangle();
    item.name = name;
    row.appendChild(item);
  }
  figma.currentPage.selection = [row];
  figma.commitUndo();
  const after = standIn.save();
  standIn.user.undo();
  expect(standIn.save()).toBe(before);
  expect(row.removed).toBe(true);
  expect(standIn.document.selection()).toEqual([source]);
  standIn.user.redo();
  expect(standIn.save()).toBe(after);
  expect([row.removed, row.children.map(({ name }) => name)]).toEqual([false, ['one', 'two']]);
});

test('without a commit, what a plugin does is one step till the designer does something', () => {
  const { standIn, figma } = makeDesk();
  const [one, other] = [figma.createRectangle(), figma.createRectangle()];
  const drawn = standIn.user.addRectangle(box);
  standIn.user.undo();
  expect([one.removed, standIn.document.node(drawn)]).toEqual([false, undefined]);
  standIn.user.undo();
  expect([one.removed, other.removed]).toEqual([true, true]);
});

test('triggerUndo takes back what was done since the last commit', () => {
  const { figma } = makeDesk();
  const kept = figma.createRectangle();
  figma.commitUndo();
  const dropped = figma.createRectangle();
  figma.triggerUndo();
  expect([kept.removed, dropped.removed]).toEqual([false, true]);
});

test('a commit with nothing to it is no step, nor is a copy made and removed again', () => {
  const { standIn, figma } = makeDesk();
  const node = figma.createRectangle();
  figma.commitUndo();
  node.clone().remove();
  figma.commitUndo();
  figma.commitUndo();
  standIn.user.undo();
  expect(node.removed).toBe(true);
});

test('a drag of many moves is one step', () => {
  const { standIn } = makeDesk();
  const id = standIn.user.addRectangle(box);
  standIn.user.beginGesture();
  for (let step = 0; step < 10; step += 1) standIn.user.move([id], 3, 1);
  standIn.user.endGesture();
  expect(standIn.document.node(id)?.absoluteBoundingBox).toMatchObject({ x: 30, y: 10 });
  standIn.user.undo();
  expect(standIn.document.node(id)?.absoluteBoundingBox).toMatchObject({ x: 0, y: 0 });
});

test('something new leaves nothing to redo', () => {
  const { standIn } = makeDesk();
  standIn.user.addRectangle(box);
  standIn.user.undo();
  expect(standIn.document.canRedo()).toBe(true);
  standIn.user.addRectangle(box);
  expect(standIn.document.canRedo()).toBe(false);
});

test('a saved document comes back with its pictures, data and selection', async () => {
  const { standIn } = makeDesk();
  const png = new Uint8Array(
    await sharp({ create: { ...box, channels: 3, background: 'red' } })
      .png()
      .toBuffer(),
  );
  const id = standIn.user.addImage(png, { x: 5, y: 6, width: 70, height: 80 }, 'Dress');
  standIn.user.rotate(id, 20);
  const saved = standIn.save();
  const { standIn: other, figma } = makeDesk();
  other.load(saved);
  expect(JSON.parse(other.save())).toEqual(JSON.parse(saved));
  expect(other.document.node(id)).toEqual(standIn.document.node(id));
  const [paint] = other.document.node(id)?.fills ?? [];
  const hash = paint?.type === 'IMAGE' ? (paint.imageHash ?? '') : '';
  expect(other.document.image(hash)).toEqual({ bytes: png, width: 10, height: 10 });
  expect(other.document.selection()).toEqual([id]);
  expect(figma.createRectangle().id).not.toBe(id);
});

test('a text that is no document is refused, and the present one stays', () => {
  const { standIn } = makeDesk();
  standIn.user.addRectangle(box);
  const before = standIn.save();
  expect(() => standIn.load('{"version": 0}')).toThrow();
  expect(() => standIn.load(before.replaceAll('"0:1"', '"9:9"').replace('"id":"9:9"', '"id":"0:1"'))).toThrow();
  expect(standIn.save()).toBe(before);
});
