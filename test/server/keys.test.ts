/** Keys in the store, and what a server knows of them. */
import { describe, expect, it } from 'vitest';
import { ToileError } from '../../shared/index.js';
import { addKey, hashKey, readKeys, revokeKey } from '../../server/keys.js';
import { createKnownKeys } from '../../server/known-keys.js';
import type { Store } from '../../server/store/store.js';
import { createMemoryStore } from '../support/memory-store.js';

const listKeys = async (store: Store) => (await readKeys(store)).records;

describe('keys in the store', () => {
  it('are kept hashed, and told to nobody but who made them', async () => {
    const store = createMemoryStore();
    const { key, record, first } = await addKey(store, { name: 'studio', perMinute: 30 }, { now: new Date(0) });
    expect(key).toMatch(/^toile_[\w-]{43}$/);
    expect(first).toBe(true);
    expect(record).toEqual({
      name: 'studio',
      tenant: 'studio',
      hash: hashKey(key),
      made: '1970-01-01T00:00:00.000Z',
      limits: { perMinute: 30 },
    });
    for (const entry of await store.list('')) {
      expect(entry.key).not.toContain(key.slice(6));
      expect(Buffer.from((await store.get(entry.key))!).toString()).not.toContain(key.slice(6));
    }
    expect(await listKeys(store)).toEqual([record]);
  });

  it('may be several of one tenant, and are never made twice alike', async () => {
    const store = createMemoryStore();
    const old = await addKey(store, { name: 'studio' });
    const young = await addKey(store, { name: 'studio-2026', tenant: 'studio' });
    expect(young.key).not.toBe(old.key);
    expect((await listKeys(store)).map(({ name, tenant }) => [name, tenant])).toEqual([
      ['studio', 'studio'],
      ['studio-2026', 'studio'],
    ]);
    expect(await revokeKey(store, 'studio')).toBe(1);
    expect((await listKeys(store)).map(({ name }) => name)).toEqual(['studio-2026']);
  });

  it.each([
    [{ name: 'Studio' }, /name: .*small letters.*'Studio'/],
    [{ name: '../x' }, /'\.\.\/x'/],
    [{ name: 'a', tenant: 'b c' }, /tenant: .*'b c'/],
    [{ name: 'a'.repeat(41) }, /1 to 40/],
    [{ name: 'a', active: 0 }, /active: a whole number from 1 to 10000, not '0'/],
    [{ name: 'a', active: 1.5 }, /not '1\.5'/],
    [{ name: 'a', perMinute: 1e9 }, /perMinute: a whole number from 1 to 100000/],
    [{ name: 'taken' }, /there is a key 'taken' already; keys revoke taken/],
  ])('refuse %j with the valid values', async (key, message) => {
    const store = createMemoryStore();
    await addKey(store, { name: 'taken' });
    await expect(addKey(store, key)).rejects.toThrow(message);
    expect(await listKeys(store)).toHaveLength(1);
  });

  it('name those that there are where one to revoke is not', async () => {
    const store = createMemoryStore();
    await expect(revokeKey(store, 'studio')).rejects.toThrow(/no key 'studio'; there is none/);
    await addKey(store, { name: 'night' });
    await expect(revokeKey(store, 'studio')).rejects.toThrow(/no key 'studio'; there are night/);
  });

  it('are made, listed and revoked beside damaged ones, whose places are told', async () => {
    const store = createMemoryStore();
    const { record } = await addKey(store, { name: 'old' });
    const strays = [`keys/${'0'.repeat(64)}.json`, `keys/${'1'.repeat(64)}.json`];
    await store.put(strays[0]!, Buffer.from('{ half'));
    await store.put(strays[1]!, Buffer.from(JSON.stringify(record)));
    const told: unknown[] = [];
    const onDamaged = (error: unknown) => void told.push(String(error));
    expect(await readKeys(store, onDamaged)).toEqual({ records: [record], damaged: 2 });
    expect(told.sort()).toEqual(strays.map((place) => expect.stringContaining(place)));
    expect((await addKey(store, { name: 'new' }, { onDamaged })).first).toBe(false);
    expect(await revokeKey(store, 'old', onDamaged)).toBe(3);
    expect((await listKeys(store)).map(({ name }) => name)).toEqual(['new']);
    expect(told).toHaveLength(6);
  });

  it('are not said to be the first where there is a damaged one', async () => {
    const store = createMemoryStore();
    await store.put(`keys/${'0'.repeat(64)}.json`, Buffer.from('{}'));
    expect((await addKey(store, { name: 'a' })).first).toBe(false);
  });
});

describe('the keys that a server knows', () => {
  /** A server over a store whose reads are counted, and which can go away; time passes only where it is told to. */
  function start() {
    let [now, reads, away] = [1_000_000, 0, false];
    const store = createMemoryStore();
    const errors: unknown[] = [];
    const answer = <T>(value: Promise<T>): Promise<T> =>
      away ? Promise.reject(new ToileError('store_unreachable', 'the bucket is away')) : value;
    const seen = {
      ...store,
      get: (key: string) => answer(store.get(key)),
      list: (prefix: string) => {
        reads++;
        return answer(store.list(prefix));
      },
    };
    const keys = createKnownKeys(seen, { now: () => now, onError: (error) => errors.push(error) });
    return {
      store,
      keys,
      errors,
      reads: () => reads,
      pass: (ms: number) => void (now += ms),
      go: (gone: boolean) => void (away = gone),
    };
  }

  it('are found by the key alone, with their tenant and limits', async () => {
    const { store, keys } = start();
    expect(await keys.any()).toBe(false);
    const { key, record } = await addKey(store, { name: 'a', tenant: 't', active: 3 });
    expect(await keys.any()).toBe(true);
    expect(await keys.find(key)).toEqual(record);
    for (const wrong of ['', 'x', key.slice(0, -1), `${key}x`, record.hash]) {
      expect(await keys.find(wrong)).toBeUndefined();
    }
  });

  it('are read again every five seconds at most, and then a revoked one works no more', async () => {
    const { store, keys, reads, pass } = start();
    const { key } = await addKey(store, { name: 'a' });
    for (let n = 0; n < 50; n++) {
      expect(await keys.find(key)).toBeDefined();
      pass(100);
    }
    expect(reads()).toBe(1);
    await revokeKey(store, 'a');
    pass(100);
    expect(await keys.find(key)).toBeUndefined();
    expect(reads()).toBe(2);
  });

  it('are read early for one that is not known, so that a new one works within a second, which is how often at most', async () => {
    const { store, keys, reads, pass } = start();
    await keys.any();
    pass(1500);
    const { key } = await addKey(store, { name: 'new' });
    expect(await keys.find(key)).toBeDefined();
    expect(reads()).toBe(2);
    for (let n = 0; n < 100; n++) expect(await keys.find(`guess ${n}`)).toBeUndefined();
    expect(reads()).toBe(2);
    pass(1001);
    for (let n = 0; n < 100; n++) await keys.find(`guess ${n}`);
    expect(reads()).toBe(3);
  });

  it('are read once for many who ask at the same time', async () => {
    const { store, keys, reads } = start();
    const { key } = await addKey(store, { name: 'a' });
    expect((await Promise.all(Array.from({ length: 50 }, () => keys.find(key)))).every(Boolean)).toBe(true);
    expect(reads()).toBe(1);
  });

  it('stay good for ten minutes without the store, and are then asked for', async () => {
    const { store, keys, pass, go, errors, reads } = start();
    const { key } = await addKey(store, { name: 'a' });
    await keys.any();
    go(true);
    for (let minute = 0; minute < 9; minute++) {
      pass(60_000);
      expect(await keys.find(key)).toBeDefined();
      expect(await keys.find(key)).toBeDefined();
    }
    expect([errors.length, reads()]).toEqual([9, 10]);
    // it may be new, so that no one can say that it is wrong
    await expect(keys.find('unknown')).rejects.toMatchObject({ code: 'store_unreachable' });
    pass(60_001);
    await expect(keys.find(key)).rejects.toMatchObject({ code: 'store_unreachable' });
    go(false);
    expect(await keys.find(key)).toBeDefined();
    expect(await keys.find('unknown')).toBeUndefined();
  });

  it('make nobody wait for a store that hangs where they are known', async () => {
    let hangs = false;
    const store = createMemoryStore();
    const list = (prefix: string) => (hangs ? new Promise<never>(() => undefined) : store.list(prefix));
    let now = 0;
    const keys = createKnownKeys({ ...store, list }, { now: () => now });
    const { key } = await addKey(store, { name: 'a' });
    await keys.any();
    hangs = true;
    now += 6000;
    const startedAt = performance.now();
    expect(await keys.find(key)).toBeDefined();
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    now += 2000;
    const again = performance.now();
    for (let n = 0; n < 20; n++) expect(await keys.find(key)).toBeDefined();
    // each would wait a second
    expect(performance.now() - again).toBeLessThan(15_000);
  });

  it('leave a damaged record out, and say so once', async () => {
    const { store, keys, pass, errors } = start();
    const { key } = await addKey(store, { name: 'a' });
    const stray = `keys/${hashKey('somebody')}.json`;
    await store.put(stray, Buffer.from('{"name":"b"}'));
    for (let n = 0; n < 3; n++) {
      expect(await keys.find(key)).toBeDefined();
      expect(await keys.find('somebody')).toBeUndefined();
      pass(6000);
    }
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining(stray) })]);
  });
});
