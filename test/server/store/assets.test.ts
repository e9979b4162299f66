import { describe, expect, it, vi } from 'vitest';
import { assetKey, createAssets } from '../../../server/store/assets.js';
import type { Store } from '../../../server/store/store.js';
import { createMemoryStore } from '../../support/memory-store.js';

const DAY_MS = 24 * 3600 * 1000;
const bytes = Uint8Array.of(1, 2, 3);

/** A store and what it was asked, at a time that the test moves. */
function open() {
  const clock = { at: 0 };
  const now = () => clock.at;
  const asked: string[] = [];
  const inner = createMemoryStore(now);
  const store: Store = {
    ...inner,
    put: (key, data) => (asked.push('put'), inner.put(key, data)),
    list: (prefix) => (asked.push('list'), inner.list(prefix)),
  };
  const ageOf = async (id: string) => clock.at - (await inner.list(assetKey('a', id)))[0]!.changedAt;
  return { clock, now, asked, store, ageOf };
}

describe('assets', () => {
  it('give equal pictures of a tenant one id, and hide them from another', async () => {
    const assets = createAssets(createMemoryStore());
    const id = await assets.put('a', bytes);
    expect(await assets.put('a', bytes)).toBe(id);
    expect(await assets.put('b', bytes)).not.toBe(id);
    await expect(assets.get('b', id)).rejects.toMatchObject({ code: 'unknown_asset' });
    await expect(assets.get('a', '../../etc/passwd')).rejects.toMatchObject({ code: 'unknown_asset' });
  });

  it('are young again once they are used at the age of a day', async () => {
    const { clock, now, store, ageOf } = open();
    const id = await createAssets(store, { now }).put('a', bytes);
    clock.at = 29 * DAY_MS;
    expect(await createAssets(store, { now }).get('a', id)).toEqual(bytes);
    expect(await ageOf(id)).toBe(0);
    clock.at += DAY_MS / 2;
    await createAssets(store, { now }).get('a', id);
    expect(await ageOf(id)).toBe(DAY_MS / 2);
  });

  it('are young again when the same picture comes again', async () => {
    const { clock, now, store, ageOf } = open();
    const assets = createAssets(store, { now });
    const id = await assets.put('a', bytes);
    clock.at = 29 * DAY_MS;
    expect(await assets.put('a', bytes)).toBe(id);
    expect(await ageOf(id)).toBe(0);
  });

  it('ask the store for their age once a day, and not at all where they just came', async () => {
    const { clock, now, store, asked } = open();
    const assets = createAssets(store, { now });
    const id = await assets.put('a', bytes);
    for (let n = 0; n < 3; n++) await assets.get('a', id);
    expect(asked).toEqual(['put']);
    const other = createAssets(store, { now });
    for (let n = 0; n < 3; n++) await other.get('a', id);
    expect(asked).toEqual(['put', 'list']);
    clock.at = 2 * DAY_MS;
    for (let n = 0; n < 3; n++) await assets.get('a', id);
    expect(asked).toEqual(['put', 'list', 'list', 'put']);
  });

  it('stay away where they were deleted while they were read', async () => {
    const { clock, now, store } = open();
    const id = await createAssets(store, { now }).put('a', bytes);
    clock.at = 29 * DAY_MS;
    const emptied: Store = {
      ...store,
      async get(key) {
        const found = await store.get(key);
        await store.delete(key);
        return found;
      },
    };
    expect(await createAssets(emptied, { now }).get('a', id)).toEqual(bytes);
    expect(await store.list('')).toEqual([]);
  });

  it('are shown by a store that cannot be written to, which is told', async () => {
    const { clock, now, store } = open();
    const onError = vi.fn();
    const id = await createAssets(store, { now }).put('a', bytes);
    clock.at = 29 * DAY_MS;
    const full = new Error('no room left');
    const assets = createAssets({ ...store, put: () => Promise.reject(full) }, { now, onError });
    expect(await assets.get('a', id)).toEqual(bytes);
    expect(onError).toHaveBeenCalledWith(full);
  });
});
