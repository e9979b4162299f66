import { expect, test } from 'vitest';
import { makeDesk } from '../../support/stand-in.js';

test('a removed node can tell its id and that it is gone, and nothing else', async () => {
  const { figma } = makeDesk();
  const node = figma.createRectangle();
  const { id } = node;
  node.remove();
  expect([node.removed, node.id, node.type]).toEqual([true, id, 'RECTANGLE']);
  expect(() => node.name).toThrow(`in get_name: The node with id "${id}" does not exist`);
  expect(() => (node.x = 3)).toThrow(`in set_x: The node with id "${id}" does not exist`);
  expect(() => node.resize(1, 1)).toThrow('in resize: The node with id');
  expect(await figma.getNodeByIdAsync(id)).toBeNull();
});

test('fills read back complete and cannot be changed in place', () => {
  const { figma } = makeDesk();
  const node = figma.createRectangle();
  node.fills = [{ type: 'IMAGE', scaleMode: 'FILL', imageHash: null }];
  expect(node.fills).toEqual([
    expect.objectContaining({ visible: true, opacity: 1, rotation: 0, scalingFactor: 0.5, blendMode: 'NORMAL' }),
  ]);
  expect(Object.isFrozen(node.fills)).toBe(true);
  expect(() => (node.fills = [{ type: 'SOLID', color: { r: 2, g: 0, b: 0 } }])).toThrow(
    'in set_fills: Property "fills" failed validation: Number must be between 0 and 1',
  );
  const withAlpha = { r: 0, g: 0, b: 0, a: 1 };
  expect(() => (node.fills = [{ type: 'SOLID', color: withAlpha }])).toThrow("Unrecognized key(s) in object: 'a'");
});

test('patterns are the designer’s to set, and read by plugins as any other paint', async () => {
  const { figma, standIn, find } = makeDesk();
  const source = figma.createRectangle();
  const pattern: PatternPaint = {
    type: 'PATTERN',
    sourceNodeId: source.id,
    tileType: 'RECTANGULAR',
    scalingFactor: 1,
    spacing: { x: 0, y: 0 },
    horizontalAlignment: 'START',
  };
  const id = standIn.user.addRectangle({ x: 0, y: 0, width: 10, height: 10 });
  standIn.user.setProperties(id, { fills: [pattern] });
  const { fills } = await find<RectangleNode>(id);
  expect(fills).toMatchObject([pattern]);
  expect(() => (source.fills = fills)).toThrow('in set_fills: Pattern fills must be set with setFillsAsync');
});

test('a kind has the properties that Figma gives it, and no others', () => {
  const { figma, violations } = makeDesk();
  const group = figma.group([figma.createRectangle()], figma.currentPage);
  expect('fills' in group).toBe(false);
  expect(Reflect.get(group, 'fills')).toBeUndefined();
  expect(() => Reflect.set(group, 'fills', [])).toThrow('object is not extensible');
  expect(violations).toEqual([]);
  expect(() => Reflect.get(group, 'exportSettings')).toThrow('node.exportSettings is not part of the stand-in');
  expect(violations).toHaveLength(1);
});

test('plugin data holds up to 100 kB an entry, and an empty text removes it', () => {
  const { figma } = makeDesk();
  const node = figma.createFrame();
  node.setPluginData('recipe', 'x');
  expect([node.getPluginData('recipe'), node.getPluginData('other')]).toEqual(['x', '']);
  expect(() => node.setPluginData('recipe', '版'.repeat(40_000))).toThrow('Cannot store more than 100 kB');
  node.setPluginData('recipe', '');
  expect(node.getPluginDataKeys()).toEqual([]);
});

test('nodes are found by kind and by the plugin data they carry', () => {
  const { figma } = makeDesk();
  const frame = figma.createFrame();
  const [plain, marked] = [figma.createRectangle(), figma.createRectangle()];
  frame.appendChild(plain);
  frame.appendChild(marked);
  marked.setPluginData('recipe', '{}');
  const { currentPage } = figma;
  expect(currentPage.findAllWithCriteria({ pluginData: { keys: ['recipe'] } })).toEqual([marked]);
  expect(currentPage.findAllWithCriteria({ types: ['RECTANGLE'] })).toEqual([plain, marked]);
  expect(currentPage.findAll()).toEqual([frame, plain, marked]);
  expect(currentPage.findOne((node) => node.type === 'RECTANGLE')).toBe(plain);
});

test('a clone is a deep copy on the current page, with its data', async () => {
  const { figma } = makeDesk();
  const frame = figma.createFrame();
  const inner = figma.createRectangle();
  frame.appendChild(inner);
  inner.setPluginData('recipe', 'r');
  const copy = frame.clone();
  expect(copy.id).not.toBe(frame.id);
  expect(copy.parent).toBe(figma.currentPage);
  expect(copy.children[0]?.getPluginData('recipe')).toBe('r');
  copy.children[0]?.remove();
  expect(frame.children).toHaveLength(1);
});

test('a group that its last child leaves is gone', () => {
  const { figma } = makeDesk();
  const node = figma.createRectangle();
  const group = figma.group([node], figma.currentPage);
  figma.currentPage.appendChild(node);
  expect([group.removed, node.removed]).toEqual([true, false]);
});

test('what is in an instance stays there', async () => {
  const { figma } = makeDesk();
  const component = figma.createComponent();
  component.appendChild(figma.createRectangle());
  const instance = component.createInstance();
  const [child] = instance.children;
  expect(await instance.getMainComponentAsync()).toBe(component);
  expect(child?.id.startsWith(`I${instance.id};`)).toBe(true);
  expect(() => child?.remove()).toThrow('Removing this node is not allowed');
  expect(() => instance.appendChild(figma.createRectangle())).toThrow('New parent is an instance');
  expect(() => instance.mainComponent).toThrow('getMainComponentAsync');
});

test('what Figma forbids with dynamic pages is refused', async () => {
  const { figma, standIn, violations } = makeDesk();
  const page = await figma.getNodeByIdAsync(standIn.user.addPage('Other'));
  if (page?.type !== 'PAGE') throw new Error('It is a page.');
  expect(() => page.children).toThrow('has not been explicitly loaded');
  await page.loadAsync();
  expect(page.children).toEqual([]);
  expect(() => figma.getNodeById('1:2')).toThrow('Use figma.getNodeByIdAsync instead');
  expect(() => (figma.currentPage = page)).toThrow('Use figma.setCurrentPageAsync instead');
  await figma.setCurrentPageAsync(page);
  expect(figma.currentPage).toBe(page);
  expect(violations).toHaveLength(3);
});

test('text cannot be written before its font is there', async () => {
  const { figma } = makeDesk();
  const text = figma.createText();
  expect(() => (text.characters = 'Linen')).toThrow('unloaded font "Inter Regular"');
  await figma.loadFontAsync({ family: 'Inter', style: 'Regular' });
  text.characters = 'Linen';
  expect(text.width).toBeGreaterThan(20);
});

test('a selection holds each node once, and none within another', () => {
  const { figma } = makeDesk();
  const frame = figma.createFrame();
  const inner = figma.createRectangle();
  frame.appendChild(inner);
  figma.currentPage.selection = [inner, frame, frame];
  expect(figma.currentPage.selection).toEqual([frame]);
  frame.remove();
  expect(figma.currentPage.selection).toEqual([]);
});

test('a long notification is reported and cut, an unknown relaunch button refused', () => {
  const { figma, violations, notices } = makeDesk();
  figma.notify('x'.repeat(101));
  expect(notices[0]).toHaveLength(100);
  const node = figma.createFrame();
  node.setRelaunchData({ edit: 'Edit' });
  expect(node.getRelaunchData()).toEqual({ edit: 'Edit' });
  expect(() => node.setRelaunchData({ nothing: '' })).toThrow('no relaunch button of the manifest');
  expect(violations).toHaveLength(2);
});

test('export asks for the part of the page and the scale that the constraint means', async () => {
  const { figma } = makeDesk();
  const node = figma.createRectangle();
  node.resize(50, 25);
  const asked = async (settings?: ExportSettingsImage): Promise<unknown> =>
    JSON.parse(new TextDecoder().decode(await node.exportAsync(settings)));
  expect(await asked({ format: 'PNG', constraint: { type: 'HEIGHT', value: 100 } })).toEqual({
    node: node.id,
    scale: 4,
    contentsOnly: true,
    bounds: { x: 0, y: 0, width: 50, height: 25 },
    format: 'PNG',
  });
  expect(await asked()).toMatchObject({ scale: 1, format: 'PNG' });
  node.visible = false;
  await expect(node.exportAsync()).rejects.toThrow('may not have any visible layers');
});

test('a mask covers the siblings after it, up to the next mask', () => {
  const { standIn } = makeDesk();
  const box = { x: 0, y: 0, width: 10, height: 10 };
  const ids = Array.from({ length: 5 }, () => standIn.user.addRectangle(box));
  const [below, mask, covered, next, last] = ids;
  standIn.user.setProperties(mask ?? '', { isMask: true });
  standIn.user.setProperties(next ?? '', { isMask: true });
  const maskOf = (id = '') => standIn.document.maskOf(id);
  expect([maskOf(below), maskOf(mask), maskOf(covered), maskOf(next), maskOf(last)]).toEqual([
    undefined,
    undefined,
    mask,
    undefined,
    next,
  ]);
});
