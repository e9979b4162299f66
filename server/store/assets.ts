/** Pictures as assets: content-addressed within a tenant, so that equal pictures are one and none can be probed for. */
import { createHash } from 'node:crypto';
import { assetId, ToileError } from '../../shared/index.js';
import type { Store } from './store.js';

export type Assets = ReturnType<typeof createAssets>;

export function createAssets(store: Store) {
  const keyOf = (tenant: string, id: string) => `assets/${tenant}/${id}.bin`;
  return {
    async put(tenant: string, bytes: Uint8Array): Promise<string> {
      const id = createHash('sha256').update(tenant).update('\0').update(bytes).digest('hex').slice(0, 32);
      await store.put(keyOf(tenant, id), bytes);
      return id;
    },
    /** @throws ToileError `unknown_asset` */
    async get(tenant: string, id: string): Promise<Uint8Array> {
      const bytes = assetId.safeParse(id).success ? await store.get(keyOf(tenant, id)) : undefined;
      if (!bytes) throw new ToileError('unknown_asset', `no asset '${id.slice(0, 40)}'`);
      return bytes;
    },
  };
}
