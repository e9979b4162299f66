/** What every store must do, whatever it stands on. */
import { describe, expect, it } from 'vitest';
import type { Store } from '../../server/store/store.js';

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
      expect(await store.list('jobs/')).toEqual(['jobs/a.json', 'jobs/b.json']);
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
    });

    it('says that it is reachable', async () => {
      expect(await (await open()).reachable()).toBe(true);
    });
  });
}
