import { afterEach, expect, test } from 'vitest';
import sharp from 'sharp';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../support/quickjs.js';

const open: Sandbox[] = [];

async function sandboxOf(options: SandboxOptions): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  open.push(sandbox);
  return sandbox;
}

afterEach(() => {
  for (const sandbox of open.splice(0)) sandbox.dispose();
});

test('the sandbox has what Figma gives and nothing of a browser or of the tests', async () => {
  const sandbox = await sandboxOf({ main: 'figma.notify(Object.keys(globalThis).sort().join(" "))' });
  sandbox.run('open');
  expect(sandbox.notices[0]?.text).toBe('__html__ clearInterval clearTimeout console figma setInterval setTimeout');
  const absent = ['window', 'document', 'fetch', 'TextEncoder', 'URL', 'atob', 'crypto', 'Blob', 'structuredClone'];
  const kinds = await sandbox.evaluate(`return args.map((name) => typeof globalThis[name])`, ...absent);
  expect(kinds).toEqual(absent.map(() => 'undefined'));
  await expect(sandbox.evaluate('return ToileStandIn')).rejects.toThrow('not defined');
});

test('a browser API that slips into the plugin throws', async () => {
  const sandbox = await sandboxOf({ main: 'new TextEncoder()' });
  expect(() => sandbox.run('open')).toThrow("'TextEncoder' is not defined");
});

test('messages cross in order, later on, and bytes stay bytes', async () => {
  const sandbox = await sandboxOf({
    main: `figma.showUI(__html__, { width: 320, height: 420 });
      figma.ui.onmessage = (message) => {
        figma.ui.postMessage({ type: 'first', isBytes: message.bytes instanceof Uint8Array, bytes: message.bytes });
        figma.ui.postMessage({ type: 'second' });
      };`,
    html: '<p>hello</p>',
  });
  sandbox.run('open');
  expect(sandbox.panel).toEqual({ html: '<p>hello</p>', width: 320, height: 420, visible: true });
  sandbox.send({ type: 'ask', bytes: new Uint8Array([1, 2, 250]) });
  expect(sandbox.received).toEqual([]);
  expect(await sandbox.next('first')).toEqual({ type: 'first', isBytes: true, bytes: new Uint8Array([1, 2, 250]) });
  await sandbox.next('second');
});

test('the panel is resized as Figma does: to 70 × 0 pixels at the least, and not before it is there', async () => {
  const sandbox = await sandboxOf({ main: '' });
  sandbox.run('open');
  await expect(sandbox.evaluate('figma.ui.resize(400, 300)')).rejects.toThrow('in resize: No UI to control');
  await sandbox.evaluate('figma.showUI("<p>hello</p>"); figma.ui.resize(1000, 900)');
  expect(sandbox.panel).toMatchObject({ width: 1000, height: 900 });
  await sandbox.evaluate('figma.ui.resize(10, -5)');
  expect(sandbox.panel).toMatchObject({ width: 70, height: 0 });
});

test('a use that the stand-in does not know is refused and reported, even where it is caught', async () => {
  const sandbox = await sandboxOf({ main: 'try { figma.createSticky() } catch {}' });
  sandbox.run('open');
  expect(sandbox.violations).toEqual(['figma.createSticky is not part of the stand-in']);
  await expect(sandbox.evaluate('figma.createFrame().layoutGrids')).rejects.toThrow(
    'node.layoutGrids is not part of the stand-in',
  );
  await expect(sandbox.evaluate('figma.ui.reposition(1, 2)')).rejects.toThrow('figma.ui.reposition is not part');
});

test('what a listener throws or rejects with is reported', async () => {
  const sandbox = await sandboxOf({
    main: `figma.showUI(__html__); figma.ui.onmessage = async () => { throw new Error('late') };`,
  });
  sandbox.run('open');
  sandbox.send({});
  await sandbox.settle();
  expect(sandbox.violations[0]).toContain('Uncaught Error: late');
});

test('exporting asks the test for a picture of the right part and size', async () => {
  const sandbox = await sandboxOf({ main: '' });
  sandbox.run('open');
  const id = sandbox.user.addRectangle({ x: 10, y: 20, width: 40, height: 30 });
  const bytes = await sandbox.evaluate(
    `const node = await figma.getNodeByIdAsync(args[0]);
     return node.exportAsync({ format: 'PNG', constraint: { type: 'WIDTH', value: 80 } });`,
    id,
  );
  expect(bytes).toBeInstanceOf(Uint8Array);
  expect(await sharp(bytes as Uint8Array).metadata()).toMatchObject({ width: 80, height: 60, format: 'png' });
});

test('closing ends timers and listeners, and a new run starts with an API object of its own', async () => {
  const sandbox = await sandboxOf({
    main: `figma.showUI(__html__);
      setInterval(() => figma.ui.postMessage({ type: 'tick' }), 1);
      figma.on('run', ({ command, parameters }) => figma.ui.postMessage({ type: 'ran', command, parameters }));`,
  });
  sandbox.run('first');
  expect(await sandbox.next('ran')).toEqual({ type: 'ran', command: 'first' });
  await sandbox.next('tick');
  sandbox.run('again', { prompt: 'red' });
  expect(await sandbox.next('ran')).toEqual({ type: 'ran', command: 'again', parameters: { prompt: 'red' } });
  await sandbox.evaluate('globalThis.old = figma; figma.closePlugin("bye")');
  expect(sandbox.closed).toEqual({ message: 'bye' });
  const count = sandbox.received.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(sandbox.received.length).toBe(count);
  await expect(sandbox.evaluate('old.createFrame()')).rejects.toThrow('has been closed');
  sandbox.run('anew');
  expect(await sandbox.next('ran')).toEqual({ type: 'ran', command: 'anew' });
});

test('clientStorage keeps values and bytes over runs, and no more than 5 MB', async () => {
  const first = await sandboxOf({ main: '' });
  first.run('open');
  await first.evaluate(`await figma.clientStorage.setAsync('a', { list: [1, 'two'], bytes: new Uint8Array([7]) })`);
  const second = await sandboxOf({ main: '', storage: first.storage });
  second.run('open');
  expect(await second.evaluate(`return figma.clientStorage.getAsync('a')`)).toEqual({
    list: [1, 'two'],
    bytes: new Uint8Array([7]),
  });
  expect(await second.evaluate(`return figma.clientStorage.keysAsync()`)).toEqual(['a']);
  await expect(
    second.evaluate(`await figma.clientStorage.setAsync('b', 'x'.repeat(5.1 * 1024 * 1024))`),
  ).rejects.toThrow('5 MB');
  await second.evaluate(`await figma.clientStorage.deleteAsync('a')`);
  expect(await second.evaluate(`return figma.clientStorage.keysAsync()`)).toEqual([]);
});

test('clientStorage keeps what is set at once with something else', async () => {
  const sandbox = await sandboxOf({ main: '' });
  sandbox.run('open');
  await sandbox.evaluate(`await figma.clientStorage.setAsync('old', 1);
    await Promise.all([
      figma.clientStorage.setAsync('a', 1),
      figma.clientStorage.deleteAsync('old'),
      figma.clientStorage.setAsync('b', 2),
    ])`);
  expect(await sandbox.evaluate(`return (await figma.clientStorage.keysAsync()).sort()`)).toEqual(['a', 'b']);
});

test('a quick action gets the suggestions that the plugin gives, before any run', async () => {
  const sandbox = await sandboxOf({
    main: `figma.parameters.on('input', ({ query, key, result }) =>
        result.setSuggestions([query + ' dress', { name: key, data: 3 }]));
      figma.on('run', () => figma.showUI(__html__));`,
  });
  sandbox.open('generate');
  expect(await sandbox.user.suggest({ key: 'prompt', query: 'red' })).toEqual({
    suggestions: [{ name: 'red dress' }, { name: 'prompt', data: 3 }],
  });
  expect(sandbox.panel).toBeUndefined();
  sandbox.run('generate', { prompt: 'red dress' });
  await sandbox.until(() => sandbox.panel !== undefined);
});

test('a plugin that is loaded late still hears of the run it was started for', async () => {
  const sandbox = await sandboxOf({ main: '' });
  sandbox.run('vary');
  await sandbox.settle();
  await sandbox.evaluate(`figma.on('run', ({ command }) => figma.notify(command))`);
  await sandbox.settle();
  expect(sandbox.notices).toEqual([{ text: 'vary', error: false }]);
});
