/** Which changes of the document make the plugin look for its rows. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { enterRow, leaveRow } from '../../../plugin/sandbox/rows.js';
import { watchRows } from '../../../plugin/sandbox/watch-rows.js';

const ROW = '1:1';
let asked: string[];

beforeEach(() => {
  asked = [];
  const data = { begun: '{}' };
  const row = { id: ROW, type: 'FRAME', removed: false, getPluginData: (key: string) => Reflect.get(data, key) ?? '' };
  vi.stubGlobal('figma', { getNodeByIdAsync: async (id: string) => (asked.push(id), row) });
  enterRow(ROW);
});

afterEach(() => {
  leaveRow(ROW);
  vi.unstubAllGlobals();
});

const change = (type: NodeChange['type']) => ({ type, id: '2:2', properties: ['x'] }) as unknown as NodeChange;
const watch = (...types: NodeChange['type'][]) => watchRows(() => undefined, types.map(change));

test('none that moves or paints what is there already', async () => {
  await watch('PROPERTY_CHANGE', 'PROPERTY_CHANGE');
  expect(asked).toEqual([]);
});

test.each(['CREATE', 'DELETE'] as const)('%s, alone or among others', async (type) => {
  await watch(type);
  await watch('PROPERTY_CHANGE', type);
  expect(asked).toEqual([ROW, ROW]);
});

test('those of which nothing is known, as at the turn to another page', async () => {
  await watchRows(() => undefined, undefined);
  expect(asked).toEqual([ROW]);
});
