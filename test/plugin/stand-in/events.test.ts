import { expect, test } from 'vitest';
import type { StandInEvent } from '../../../plugin/stand-in/index.js';
import { makeDesk } from '../../support/stand-in.js';

const box = { x: 0, y: 0, width: 10, height: 10 };

test('a plugin hears of selection and page changes, later on and once for all that happened', async () => {
  const { standIn, figma, settle } = makeDesk();
  const heard: string[] = [];
  figma.on('selectionchange', () => heard.push(`selected ${figma.currentPage.selection.length}`));
  figma.on('currentpagechange', () => heard.push(`page ${figma.currentPage.name}`));
  const ids = [standIn.user.addRectangle(box), standIn.user.addRectangle(box)];
  standIn.user.select(ids);
  expect(heard).toEqual([]);
  await settle();
  expect(heard).toEqual(['selected 2']);
  standIn.user.setPage(standIn.user.addPage('Other'));
  await settle();
  expect(heard).toEqual(['selected 2', 'page Other', 'selected 0']);
});

test('removing what is selected is a selection change', async () => {
  const { standIn, figma, settle } = makeDesk();
  const id = standIn.user.addRectangle(box);
  await settle();
  let count = 0;
  figma.on('selectionchange', () => (count += 1));
  standIn.user.remove([id]);
  await settle();
  expect(count).toBe(1);
});

test('a page tells of its nodes: made, changed and removed, undo included', async () => {
  const { standIn, figma, settle } = makeDesk();
  const heard: string[] = [];
  figma.currentPage.on('nodechange', ({ nodeChanges }) => {
    for (const change of nodeChanges)
      heard.push(
        `${change.type} ${change.type === 'PROPERTY_CHANGE' ? change.properties.join(' ') : change.node.type}`,
      );
  });
  const id = standIn.user.addRectangle(box);
  await settle();
  standIn.user.move([id], 5, 0);
  await settle();
  standIn.user.remove([id]);
  await settle();
  standIn.user.undo();
  await settle();
  expect(heard).toEqual([
    'CREATE RECTANGLE',
    'PROPERTY_CHANGE x relativeTransform',
    'DELETE RECTANGLE',
    'CREATE RECTANGLE',
  ]);
});

test('the whole document is listened to only after all pages are loaded', async () => {
  const { standIn, figma, settle } = makeDesk();
  standIn.user.addPage('Other');
  expect(() => figma.on('documentchange', () => undefined)).toThrow('figma.loadAllPagesAsync');
  await figma.loadAllPagesAsync();
  let changes = 0;
  figma.on('documentchange', ({ documentChanges }) => (changes += documentChanges.length));
  standIn.user.addRectangle(box);
  await settle();
  expect(changes).toBe(1);
});

test('whoever draws the document hears of every kind of change', async () => {
  const { standIn, settle } = makeDesk();
  const heard: StandInEvent['type'][] = [];
  const stop = standIn.onEvent(({ type }) => heard.push(type));
  standIn.user.addRectangle(box);
  standIn.user.setViewport({ zoom: 2 });
  await settle();
  expect(heard).toEqual(['document', 'selection', 'viewport']);
  stop();
  standIn.user.setViewport({ zoom: 1 });
  await settle();
  expect(heard).toHaveLength(3);
});

test('a message is a copy, and what cannot be copied is refused', async () => {
  const { figma, toPanel, settle, violations } = makeDesk();
  figma.showUI('<p></p>');
  const message = { list: [1, 2], bytes: new Uint8Array([3]) };
  figma.ui.postMessage(message);
  message.list.push(3);
  await settle();
  expect(toPanel).toEqual([{ list: [1, 2], bytes: new Uint8Array([3]) }]);
  expect(() => figma.ui.postMessage({ call: () => 1 })).toThrow("can't be cloned");
  expect(() => figma.ui.postMessage({ node: figma.createRectangle() })).toThrow("can't be cloned");
  expect(violations).toHaveLength(2);
});

test('the view shows what is scrolled to', () => {
  const { figma } = makeDesk();
  const node = figma.createRectangle();
  [node.x, node.y] = [10_000, 0];
  node.resize(4000, 100);
  figma.viewport.scrollAndZoomIntoView([node]);
  const { x, width } = figma.viewport.bounds;
  expect(x).toBeLessThan(10_000);
  expect(x + width).toBeGreaterThan(14_000);
  expect(figma.viewport.center).toEqual({ x: 12_000, y: 50 });
});
