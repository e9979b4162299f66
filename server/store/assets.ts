/** Pictures as assets: content-addressed within a tenant, so that equal pictures are one and none can be probed for. */
import { createHash } from 'node:crypto';
import { assetId, ToileError } from '../../shared/index.js';
import type { Store } from './store.js';

export type Assets = ReturnType<typeof createAssets>;

export type AssetsOptions = {
  now?: () => number;
  /** Hears of assets that could be read and not be made young. */
  onError?: (error: unknown) => void;
};

/** Using an asset of this age makes it young again, so that what is in use never gets old enough to be deleted. */
export const REFRESH_MS = 24 * 3600 * 1000;
/** Assets whose age is known without a question: enough for a busy day, about 2 MB. */
const KNOWN = 10_000;

export const assetKey = (tenant: string, id: string): string => `assets/${tenant}/${id}.bin`;

export function createAssets(store: Store, { now = Date.now, onError = () => undefined }: AssetsOptions = {}) {
  /** Key -> when it was last put; the oldest knowledge comes first. */
  const known = new Map<string, number>();

  function learn(key: string, changedAt: number): void {
    known.delete(key);
    known.set(key, changedAt);
    const [oldest] = known.keys();
    if (known.size > KNOWN && oldest !== undefined) known.delete(oldest);
  }

  const isYoung = (key: string) => now() - (known.get(key) ?? -Infinity) < REFRESH_MS;

  async function keep(key: string, bytes: Uint8Array): Promise<void> {
    await store.put(key, bytes);
    learn(key, now());
  }

  async function refresh(key: string, bytes: Uint8Array): Promise<void> {
    if (isYoung(key)) return;
    const [entry] = await store.list(key);
    // deleted since it was read: whoever did so wants it gone
    if (!entry) return void known.delete(key);
    learn(key, entry.changedAt);
    if (!isYoung(key)) await keep(key, bytes);
  }

  return {
    async put(tenant: string, bytes: Uint8Array): Promise<string> {
      const id = createHash('sha256').update(tenant).update('\0').update(bytes).digest('hex').slice(0, 32);
      await keep(assetKey(tenant, id), bytes);
      return id;
    },
    /** @throws ToileError `unknown_asset` */
    async get(tenant: string, id: string): Promise<Uint8Array> {
      const bytes = assetId.safeParse(id).success ? await store.get(assetKey(tenant, id)) : undefined;
      if (!bytes) throw new ToileError('unknown_asset', `no asset '${id.slice(0, 40)}'`);
      // a full disk is no reason not to show what is on it
      await refresh(assetKey(tenant, id), bytes).catch(onError);
      return bytes;
    },
  };
}
