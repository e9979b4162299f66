/** manifest.json and the bundle agree, and the bundle is small. */
import { readFile, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { commands } from '../../../plugin/messages.js';

const item = z.object({
  command: z.string().optional(),
  separator: z.literal(true).optional(),
  parameters: z.array(z.object({ key: z.string(), optional: z.boolean().optional() })).optional(),
});
const schema = z.object({
  documentAccess: z.literal('dynamic-page'),
  menu: z.array(item),
  relaunchButtons: z.array(z.object({ command: z.enum(commands), name: z.string() })),
});
const manifest = schema.parse(JSON.parse(await readFile('manifest.json', 'utf8')));

test('every menu item is a command that the panel knows', () => {
  const named = manifest.menu.flatMap(({ command }) => command ?? []);
  expect(commands).toEqual(expect.arrayContaining(named));
  expect(named).toContain('open');
});

test('quick actions can do without every parameter, so that the command opens the panel from the menu too', () => {
  const generate = manifest.menu.find(({ command }) => command === 'generate');
  expect(generate?.parameters?.map(({ key }) => key)).toEqual(['prompt', 'variants']);
  expect(generate?.parameters?.every(({ optional }) => optional)).toBe(true);
});

test('results offer more, vary and edit', () => {
  expect(manifest.relaunchButtons.map(({ command }) => command)).toEqual(['more', 'vary', 'edit']);
});

test('the sandbox half has less than 60 kB', async () => {
  expect((await stat('dist/plugin/main.js')).size).toBeLessThan(60_000);
});
