/** What every store must do, whatever it stands on. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../server/store/store.js';

export async function listKeys(store: Store, prefix: string): Promise<string[]> {
  return (await store.list(prefix)).map(({ key }) => key);
}

export function describeStore(name: string, open: () => Promise<Store>): void {
  const bytes = (text: string) => new TextEncoder().encode(text);

  describe(`${name} as a store`, () => {
    it('gives back what was put, and the newest of two', async () => {
      const store = await open();
      await store.put('jobs/a.json', bytes('one'));
      await store.put('jobs/a.json', bytes('two'));
      expect(Buffer.from((await store.get('jobs/a.json'))!).toString()).toBe('two');
    });

    it('gives undefined for what is not there', async () => {
      expect(await (await open()).get('jobs/none.json')).toBeUndefined();
    });

    it('lists keys of a prefix in order, and no others', async () => {
      const store = await open();
      for (const key of ['jobs/b.json', 'jobs/a.json', 'assets/t/c.bin']) await store.put(key, bytes(key));
      expect(await listKeys(store, 'jobs/')).toEqual(['jobs/a.json', 'jobs/b.json']);
      expect(await listKeys(store, 'assets/t/c.bin')).toEqual(['assets/t/c.bin']);
      expect(await listKeys(store, 'keys/')).toEqual([]);
    });

    it('lists a whole key alone, whatever begins with it', async () => {
      const store = await open();
      for (const key of ['assets/t/a.bin', 'assets/t/a.bins']) await store.put(key, bytes(key));
      expect(await listKeys(store, 'assets/t/a.bin')).toEqual(['assets/t/a.bin']);
      expect(await listKeys(store, 'assets/t/b.bin')).toEqual([]);
      expect(await listKeys(store, 'none/b.bin')).toEqual([]);
    });

    it('lists keys with the time of their last put', async () => {
      const store = await open();
      const before = Date.now();
      await store.put('jobs/a.json', bytes('one'));
      const [first] = await store.list('jobs/');
      // S3 tells whole seconds
      await delay(1100);
      await store.put('jobs/a.json', bytes('one'));
      const [second] = await store.list('jobs/');
      expect(first!.changedAt).toBeGreaterThan(before - 1500);
      expect(second!.changedAt).toBeGreaterThan(first!.changedAt);
      expect(second!.changedAt).toBeLessThan(Date.now() + 1500);
    });

    it('deletes one key and no other, and is content where there is none', async () => {
      const store = await open();
      for (const key of ['jobs/a.json', 'jobs/b.json']) await store.put(key, bytes(key));
      await store.delete('jobs/a.json');
      await store.delete('jobs/a.json');
      expect(await store.get('jobs/a.json')).toBeUndefined();
      expect(await listKeys(store, '')).toEqual(['jobs/b.json']);
      await store.put('jobs/a.json', bytes('again'));
      expect(Buffer.from((await store.get('jobs/a.json'))!).toString()).toBe('again');
    });

    it('keeps two writes of one key at once whole', async () => {
      const store = await open();
      const large = ['x', 'y'].map((letter) => bytes(letter.repeat(1_000_000)));
      await Promise.all(large.map((data) => store.put('assets/t/l.bin', data)));
      const text = Buffer.from((await store.get('assets/t/l.bin'))!).toString();
      expect([...new Set(text)]).toHaveLength(1);
      expect(text).toHaveLength(1_000_000);
    });

    it.each(['../out.bin', 'a/../../b.bin', '/etc/passwd', 'A/b.bin', 'a', ''])('refuses the key %j', async (key) => {
      const store = await open();
      await expect(store.put(key, bytes('x'))).rejects.toThrow(/no key/);
      await expect(store.get(key)).rejects.toThrow(/no key/);
      await expect(store.delete(key)).rejects.toThrow(/no key/);
    });

    it.each(['../', '/etc/', 'a/../../'])('lists nothing under %j', async (prefix) => {
      const store = await open();
      await store.put('a/b.bin', bytes('x'));
      expect(await store.list(prefix)).toEqual([]);
    });

    it('says that it is reachable', async () => {
      expect(await (await open()).reachable()).toBe(true);
    });
  });
}
