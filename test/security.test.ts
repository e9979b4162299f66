import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { root } from './support/root.js';

/** A file of tests, and then names of tests in it. */
const cited = /`([\w./-]+\.ts)`((?:,? “[^”]+”)+)/g;

it('SECURITY.md names tests that there are', async () => {
  const text = await readFile(path.join(root, 'SECURITY.md'), 'utf8');
  const claims = [...text.matchAll(cited)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/“([^”]+)”/g)].map(([, name = '']) => ({ file, name })),
  );
  expect(claims.length).toBeGreaterThan(30);
  const missing = [];
  for (const { file, name } of claims) {
    const tests = await readFile(path.join(root, 'test', 'server', file), 'utf8');
    if (!tests.includes(name)) missing.push(`${file}: ${name}`);
  }
  expect(missing).toEqual([]);
});
