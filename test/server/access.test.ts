/** Whom a server lets in, as it is settled at its start. */
import { mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ToileError } from '../../shared/index.js';
import { checkAccess, checkPageAccess, openAccess, type Access } from '../../server/access.js';
import { addKey, revokeKey } from '../../server/keys.js';
import { createKnownKeys, type KnownKeys } from '../../server/known-keys.js';
import { createMemoryStore } from '../support/memory-store.js';

const onError = () => undefined;
const local = new Headers({ host: 'localhost:8787' });
const bearing = (key: string) => new Headers({ authorization: `Bearer ${key}`, host: 'toile.example' });

describe('a server', () => {
  it('without a key is open to this machine alone, by a token that is kept', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'toile-access-'));
    const access = await openAccess({ host: '127.0.0.1', keys: createKnownKeys(createMemoryStore()), folder, onError });
    const token = (await readFile(path.join(folder, 'token'), 'utf8')).trim();
    expect(access).toEqual({ type: 'open', token });
    expect(await checkAccess(local, access)).toEqual({ tenant: 'local', limits: {} });
  });

  it.each(['0.0.0.0', '::', '192.168.1.2', 'toile.example'])(
    'that others reach at %s does not start without a key, and says how to make one',
    async (host) => {
      const keys = createKnownKeys(createMemoryStore());
      const opening = openAccess({ host, keys, onError });
      await expect(opening).rejects.toMatchObject({
        code: 'invalid_config',
        message: expect.stringMatching(new RegExp(`HOST=${host} .*npm run toile -- keys add NAME.*127\\.0\\.0\\.1`)),
      });
    },
  );

  it('with a key asks for it wherever it listens, and gives its bearer the limits of the key', async () => {
    for (const host of ['127.0.0.1', '0.0.0.0']) {
      const store = createMemoryStore();
      const plain = await addKey(store, { name: 'plain' });
      const limited = await addKey(store, { name: 'limited', tenant: 'plain', active: 3, perMinute: 9 });
      const access = await openAccess({ host, keys: createKnownKeys(store), onError });
      await expect(checkAccess(local, access)).rejects.toMatchObject({ code: 'unauthorized' });
      expect(await checkAccess(bearing(plain.key), access)).toEqual({ tenant: 'plain', limits: { active: 50 } });
      expect(await checkAccess(bearing(limited.key), access)).toEqual({
        tenant: 'plain',
        limits: { active: 3, perMinute: 9 },
      });
    }
  });

  it('whose only key has a damaged record is not open for that', async () => {
    const store = createMemoryStore();
    await store.put(`keys/${'0'.repeat(64)}.json`, Buffer.from('{ half'));
    const access = await openAccess({ host: '127.0.0.1', keys: createKnownKeys(store), onError });
    await expect(checkAccess(local, access)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it.each([
    ['Forwarded', 'for=192.0.2.1'],
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-Forwarded-Host', 'localhost'],
    ['X-Real-IP', ''],
  ])('without a key refuses what a proxy passed on, by %s, whatever Host it names', async (name, value) => {
    const passedOn = new Headers({ host: 'localhost:8787', [name]: value });
    const open: Access = { type: 'open', token: 'token' };
    const message = expect.stringMatching(/has no key.*keys add NAME/);
    const refusal = { code: 'forbidden_origin', message, details: { needs: 'key' } };
    await expect(checkAccess(passedOn, open)).rejects.toMatchObject(refusal);
    expect(() => checkPageAccess(passedOn, open)).toThrow(expect.objectContaining(refusal));
  });

  it.each([
    ['a token', { origin: 'null' }, { needs: 'token' }],
    ['the right token', { origin: 'null', authorization: 'Bearer other' }, { needs: 'token' }],
    ['a Host of this machine', { host: '192.168.1.20:8787' }, { needs: 'host' }],
    ['nothing that there is', { origin: 'https://evil.example' }, undefined],
  ])('without a key tells a caller in need of %s so, for its program to read', async (_, given, details) => {
    const headers = new Headers({ host: 'localhost:8787', ...given });
    const refused = await checkAccess(headers, { type: 'open', token: 'token' }).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'forbidden_origin' });
    expect(refused).toHaveProperty('details', details);
  });

  it('with a key takes what a proxy passed on', async () => {
    const store = createMemoryStore();
    const { key } = await addKey(store, { name: 'studio' });
    const access = await openAccess({ host: '127.0.0.1', keys: createKnownKeys(store), onError });
    const headers = bearing(key);
    headers.set('x-forwarded-for', '192.0.2.1');
    expect((await checkAccess(headers, access)).tenant).toBe('studio');
    expect(() => checkPageAccess(headers, access)).not.toThrow();
  });

  it('that asks for keys lets nobody in when the last one is revoked', async () => {
    const store = createMemoryStore();
    let now = 0;
    const { key } = await addKey(store, { name: 'only' });
    const access = await openAccess({ host: '127.0.0.1', keys: createKnownKeys(store, { now: () => now }), onError });
    await checkAccess(bearing(key), access);
    await revokeKey(store, 'only');
    now += 5001;
    for (const headers of [bearing(key), local]) {
      await expect(checkAccess(headers, access)).rejects.toMatchObject({ code: 'unauthorized' });
    }
  });

  describe('whose store is away', () => {
    const failure = new ToileError('store_unreachable', 'the bucket is away');
    const keys: KnownKeys = { any: () => Promise.reject(failure), find: () => Promise.reject(failure) };

    it('starts where it asks for keys in any case, and tells callers why it can read none', async () => {
      const heard: unknown[] = [];
      const access = await openAccess({ host: '0.0.0.0', keys, onError: (error) => heard.push(error) });
      expect(heard).toEqual([failure]);
      await expect(checkAccess(bearing('x'), access)).rejects.toBe(failure);
      await expect(checkAccess(local, access)).rejects.toMatchObject({ code: 'unauthorized' });
    });

    it('does not start where it may be open or not', async () => {
      await expect(openAccess({ host: 'localhost', keys, onError })).rejects.toBe(failure);
    });
  });
});
