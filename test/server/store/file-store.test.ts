import { mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createAssets } from '../../../server/store/assets.js';
import { createFileStore } from '../../../server/store/file-store.js';
import { describeStore } from '../../contract/store-contract.js';

const open = async () => createFileStore(await mkdtemp(path.join(os.tmpdir(), 'toile-store-')));

describeStore('a folder', open);

it('tells whoever runs it why a folder is not reachable', async () => {
  const file = path.join(await mkdtemp(path.join(os.tmpdir(), 'toile-store-')), 'file');
  await writeFile(file, 'no folder');
  const told = vi.fn();
  expect(await createFileStore(file, told).reachable()).toBe(false);
  expect(told).toHaveBeenCalledWith(expect.objectContaining({ code: 'EEXIST' }));
});

describe('assets', () => {
  it('give equal pictures of a tenant one id, and hide them from another', async () => {
    const assets = createAssets(await open());
    const bytes = new Uint8Array([1, 2, 3]);
    const id = await assets.put('a', bytes);
    expect(await assets.put('a', bytes)).toBe(id);
    expect(await assets.put('b', bytes)).not.toBe(id);
    await expect(assets.get('b', id)).rejects.toMatchObject({ code: 'unknown_asset' });
    await expect(assets.get('a', '../../etc/passwd')).rejects.toMatchObject({ code: 'unknown_asset' });
  });
});
