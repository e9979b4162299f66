/** The keys as a server knows them: read from the store every few seconds at most, and relied on for a while without it. */
import { setTimeout as delay } from 'node:timers/promises';
import { hashKey, isSameHash, KEYS_PREFIX, readKey, type KeyRecord } from './keys.js';
import type { Store } from './store/store.js';

export type KnownKeys = {
  /** Whether any key was made, though its record can't be read. @throws ToileError `store_unreachable` */
  any(): Promise<boolean>;
  /**
   * The record of a key, undefined where there is none.
   * @throws ToileError `store_unreachable` where that can't be told
   */
  find(key: string): Promise<KeyRecord | undefined>;
};

export type KnownKeysOptions = {
  now?: () => number;
  /** Hears of records that can't be read, and of a store that can't. */
  onError?: (error: unknown) => void;
};

/** A revoked key works this long at most, while the store answers. */
export const FRESH_MS = 5000;
/** A key that isn't known may be new: the store is asked before its time, this often at most. */
const EARLY_MS = 1000;
/** What was read is relied on this long while the store doesn't answer. */
const STALE_MS = 10 * 60_000;
/** How long a caller waits for the store where what was read before will do. */
const PATIENCE_MS = 1000;

export function createKnownKeys(store: Store, options: KnownKeysOptions = {}): KnownKeys {
  // a clock that is set back would keep revoked keys alive
  const { now = () => performance.now(), onError = () => undefined } = options;
  /** By their place in the store, where nothing ever changes; undefined: no record. */
  let known = new Map<string, KeyRecord | undefined>();
  /** When `known` was how things stood. */
  let readAt = -Infinity;
  let triedAt = -Infinity;
  let failure: { error: unknown } | undefined;
  let reading: Promise<void> | undefined;

  function read(): Promise<void> {
    reading ??= readAll().finally(() => (reading = undefined));
    return reading;
  }

  async function readAll(): Promise<void> {
    const since = (triedAt = now());
    try {
      const entries = await store.list(KEYS_PREFIX);
      known = new Map(await Promise.all(entries.map(async ({ key }) => [key, await recall(key)] as const)));
      readAt = since;
      failure = undefined;
    } catch (error) {
      failure = { error };
      throw error;
    }
  }

  async function recall(place: string): Promise<KeyRecord | undefined> {
    return known.has(place) ? known.get(place) : readKey(store, place, onError);
  }

  /** Brings what is known up to date, or leaves it as it is where the store doesn't answer and it is not too old. */
  async function refresh(): Promise<void> {
    if (now() - readAt <= FRESH_MS) return;
    if (now() - readAt > STALE_MS) return read();
    const due = now() - triedAt > FRESH_MS;
    if (!due && !reading) return;
    const waitMs = due ? PATIENCE_MS : triedAt + PATIENCE_MS - now();
    const done = read().catch((error: unknown) => {
      if (due) onError(error);
    });
    if (waitMs > 0) await Promise.race([done, delay(waitMs, undefined, { ref: false })]);
  }

  function match(hash: string): KeyRecord | undefined {
    // every key is compared, so that the time tells nothing of which one nearly fits
    const found = [...known.values()].filter((record) => record && isSameHash(record.hash, hash));
    return found[0];
  }

  return {
    async any() {
      await read();
      // a damaged record was a key: the server it closed shall not be open for that
      return known.size > 0;
    },
    async find(key) {
      const hash = hashKey(key);
      await refresh();
      const found = match(hash);
      if (found) return found;
      if (now() - triedAt > EARLY_MS) await read();
      // an unknown key can't be told from a new one
      else if (failure) throw failure.error;
      return match(hash);
    },
  };
}
