import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readLocalToken } from '../../server/local-token.js';
import { createFileStore } from '../../server/store/file-store.js';

let folder: string;
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'toile-token-')), 'store');
});

describe('the token of a server without keys', () => {
  it('is made once for a folder, and is the same after a restart', async () => {
    const token = await readLocalToken(folder);
    expect(token).toMatch(/^[a-f0-9]{32}$/);
    expect(await readLocalToken(folder)).toBe(token);
  });

  it('can be read by its owner alone', async () => {
    await readLocalToken(folder);
    expect((await stat(path.join(folder, 'token'))).mode & 0o777).toBe(0o600);
  });

  it('is no key of the store that lies in the same folder', async () => {
    await readLocalToken(folder);
    const store = createFileStore(folder);
    expect(await store.list('')).toEqual([]);
    await expect(store.get('token')).rejects.toThrow('is no key of the store');
  });

  it('is made anew where the file is damaged', async () => {
    await readLocalToken(folder);
    await writeFile(path.join(folder, 'token'), 'abc');
    const token = await readLocalToken(folder);
    expect(await readFile(path.join(folder, 'token'), 'utf8')).toBe(`${token}\n`);
  });

  it('is another one each time without a folder', async () => {
    expect(await readLocalToken()).not.toBe(await readLocalToken());
  });
});
