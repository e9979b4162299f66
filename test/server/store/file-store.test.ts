import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { createFileStore } from '../../../server/store/file-store.js';
import { describeStore } from '../../contract/store-contract.js';

const open = async () => createFileStore(await mkdtemp(path.join(os.tmpdir(), 'toile-store-')));

describeStore('a folder', open);

it('tells whoever runs it why a folder is not reachable', async () => {
  const file = path.join(await mkdtemp(path.join(os.tmpdir(), 'toile-store-')), 'file');
  await writeFile(file, 'no folder');
  const told = vi.fn();
  expect(await createFileStore(file, told).reachable()).toBe(false);
  const failure = { code: 'store_unreachable', message: expect.stringMatching(/a file has its name \(EEXIST\)/) };
  expect(told).toHaveBeenCalledWith(expect.objectContaining(failure));
});

it('says what is wrong with a folder without saying where it is', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'toile-store-'));
  await writeFile(path.join(folder, 'assets'), 'no folder');
  const store = createFileStore(folder);
  const failure = { code: 'store_unreachable', message: expect.stringMatching(/^(?!.*toile-store-).*TOILE_STORE/) };
  await expect(store.put('assets/a.bin', new Uint8Array(1))).rejects.toMatchObject(failure);
  await expect(store.get('assets/a.bin')).rejects.toMatchObject(failure);
});

it('leaves no half file behind where one could not be written', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'toile-store-'));
  // a folder in the file's place: the half is written, and can't be renamed
  await mkdir(path.join(folder, 'assets', 'a.bin'), { recursive: true });
  await expect(createFileStore(folder).put('assets/a.bin', new Uint8Array(1))).rejects.toThrow(/EISDIR/);
  expect(await readdir(path.join(folder, 'assets'))).toEqual(['a.bin']);
});

it('finds one of many files without reading their folder', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'toile-store-'));
  await mkdir(path.join(folder, 'assets', 't'), { recursive: true });
  const keys = Array.from({ length: 5000 }, (_, n) => `assets/t/${n}.bin`);
  for (const key of keys) writeFileSync(path.join(folder, key), '');
  const store = createFileStore(folder);
  const time = async (work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };
  const all = await time(() => store.list('assets/t/'));
  const each = await time(async () => {
    for (const key of keys.slice(0, 100)) expect(await store.list(key)).toHaveLength(1);
  });
  expect(each).toBeLessThan(all);
});
