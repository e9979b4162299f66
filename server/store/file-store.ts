/** A store in a folder of this machine. */
import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ToileError } from '../../shared/index.js';
import { storeKey, type Store } from './store.js';

/** @param onError hears why it is not reachable */
export function createFileStore(root: string, onError: (error: unknown) => void = () => undefined): Store {
  function locate(key: string): string {
    if (!storeKey.test(key)) throw new ToileError('internal', `'${key}' is no key of the store`);
    return path.join(root, key);
  }

  return {
    async put(key, bytes) {
      const target = locate(key);
      await mkdir(path.dirname(target), { recursive: true });
      // a reader, or a crash, sees the old file or the new one
      const half = `${target}.${randomUUID()}.part`;
      await writeFile(half, bytes);
      await rename(half, target);
    },
    async get(key) {
      try {
        return await readFile(locate(key));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async list(prefix) {
      const entries = await readdir(root, { recursive: true }).catch(() => []);
      return entries
        .map((entry) => entry.split(path.sep).join('/'))
        .filter((key) => key.startsWith(prefix) && storeKey.test(key))
        .sort();
    },
    async reachable() {
      try {
        await mkdir(root, { recursive: true });
        await access(root, constants.W_OK);
        return true;
      } catch (error) {
        onError(error);
        return false;
      }
    },
  };
}
