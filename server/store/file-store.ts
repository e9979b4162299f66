/** A store in a folder of this machine. */
import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ToileError } from '../../shared/index.js';
import { isListed, storeKey, type Store, type StoreEntry } from './store.js';

/** Files asked for their times at once: few enough to leave file handles for others. */
const AT_ONCE = 64;

/** @param onError hears why it is not reachable */
export function createFileStore(root: string, onError: (error: unknown) => void = () => undefined): Store {
  function locate(key: string): string {
    if (!storeKey.test(key)) throw new ToileError('internal', `'${key}' is no key of the store`);
    return path.join(root, key);
  }

  async function readEntry(key: string): Promise<StoreEntry[]> {
    const file = await unlessMissing(() => stat(locate(key)));
    return file ? [{ key, changedAt: file.mtimeMs }] : []; // deleted meanwhile
  }

  return {
    async put(key, bytes) {
      const target = locate(key);
      // a reader, or a crash, sees the old file or the new one
      const half = `${target}.${randomUUID()}.part`;
      await explained(async () => {
        await mkdir(path.dirname(target), { recursive: true });
        try {
          // on the disk before it has its name, or a power cut would leave an empty file that has
          await writeFile(half, bytes, { flush: true });
          await rename(half, target);
        } catch (error) {
          // what a full disk took of it is room again
          await rm(half, { force: true });
          throw error;
        }
      });
    },
    async get(key) {
      const file = locate(key);
      return explained(() => unlessMissing(() => readFile(file)));
    },
    async delete(key) {
      const file = locate(key);
      await explained(() => rm(file, { force: true }));
    },
    async list(prefix) {
      // its folder may hold every picture of a tenant
      if (storeKey.test(prefix)) return explained(() => readEntry(prefix));
      const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      // no key leads out of the root
      if (!/^([a-z0-9-]+\/)*$/.test(folder)) return [];
      return explained(async () => {
        const names = await unlessMissing(() => readdir(path.join(root, folder), { recursive: true }));
        const keys = (names ?? [])
          .map((name) => `${folder}${name.split(path.sep).join('/')}`)
          .filter((key) => isListed(key, prefix))
          .sort();
        const entries: StoreEntry[] = [];
        for (let at = 0; at < keys.length; at += AT_ONCE) {
          entries.push(...(await Promise.all(keys.slice(at, at + AT_ONCE).map(readEntry))).flat());
        }
        return entries;
      });
    },
    async reachable() {
      try {
        await explained(async () => {
          await mkdir(root, { recursive: true });
          await access(root, constants.W_OK);
        });
        return true;
      } catch (error) {
        onError(error);
        return false;
      }
    },
  };
}

async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** By the system's code. */
const reasons: Record<string, string> = {
  ENOSPC: 'its disk is full',
  EDQUOT: 'its quota is used up',
  EACCES: 'this user may not read and write it',
  EPERM: 'this user may not read and write it',
  EROFS: 'its disk can only be read',
  EEXIST: 'a file has its name',
  ENOTDIR: 'a file has its name, or one in it',
  EMFILE: 'too many files are open',
};

/** Says what is wrong to whoever asked; where the folder is stays in the cause, for the log. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = codeOf(cause);
    if (code === undefined) throw cause;
    const message = `the folder of TOILE_STORE can't be used: ${reasons[code] ?? 'the system answers'} (${code})`;
    throw new ToileError('store_unreachable', message, { cause });
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z]/.test(error.code)
    ? error.code
    : undefined;
}
