/** Where bytes are kept: pictures by their content, jobs by their id. The queue and events carry ids, never pixels. */

/** A key that holds bytes, and when they were last put there: milliseconds since 1970 by the store's own clock. */
export type StoreEntry = { key: string; changedAt: number };

export interface Store {
  /** Keeps bytes under a key, replacing what was there; whole or not at all. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** The bytes, or undefined where there are none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Takes the bytes away; where there are none, nothing changes. */
  delete(key: string): Promise<void>;
  /** What is kept under keys that begin with a prefix, in order of the keys; under a whole key, itself alone. */
  list(prefix: string): Promise<StoreEntry[]>;
  /** Whether it can be written to at all. */
  reachable(): Promise<boolean>;
}

/** Keys are generated, never a caller's text: lower-case words and digits, one folder a slash. */
export const storeKey = /^[a-z0-9-]+(\/[a-z0-9-]+)*\.[a-z]+$/;

/** Whether a list of `prefix` has the key. */
export function isListed(key: string, prefix: string): boolean {
  return storeKey.test(key) && (storeKey.test(prefix) ? key === prefix : key.startsWith(prefix));
}
