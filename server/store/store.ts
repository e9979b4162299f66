/** Where bytes are kept: pictures by their content, jobs by their id. The queue and events carry ids, never pixels. */

export interface Store {
  /** Keeps bytes under a key, replacing what was there; whole or not at all. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** The bytes, or undefined where there are none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Keys that begin with a prefix, in order. */
  list(prefix: string): Promise<string[]>;
  /** Whether it can be written to at all. */
  reachable(): Promise<boolean>;
}

/** Keys are generated, never a caller's text: lower-case words and digits, one folder a slash. */
export const storeKey = /^[a-z0-9-]+(\/[a-z0-9-]+)*\.[a-z]+$/;
