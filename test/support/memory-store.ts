/** A store in this process, with a clock of its own. */
import { ToileError } from '../../shared/index.js';
import { isListed, storeKey, type Store } from '../../server/store/store.js';

export function createMemoryStore(now: () => number = Date.now): Store {
  const kept = new Map<string, { bytes: Uint8Array; changedAt: number }>();
  const check = (key: string) => {
    if (!storeKey.test(key)) throw new ToileError('internal', `'${key}' is no key of the store`);
    return key;
  };
  return {
    async put(key, bytes) {
      kept.set(check(key), { bytes, changedAt: now() });
    },
    async get(key) {
      return kept.get(check(key))?.bytes;
    },
    async delete(key) {
      kept.delete(check(key));
    },
    async list(prefix) {
      const found = [...kept].filter(([key]) => isListed(key, prefix));
      return found.map(([key, { changedAt }]) => ({ key, changedAt })).sort((a, b) => (a.key < b.key ? -1 : 1));
    },
    async reachable() {
      return true;
    },
  };
}
