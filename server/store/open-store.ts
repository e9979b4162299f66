/** The store that the settings name: the server's and the command line's. */
import type { Config } from '../config.js';
import { createFileStore } from './file-store.js';
import { createS3Store } from './s3-store.js';
import type { Store } from './store.js';

/** @param onError hears why it is not reachable */
export function openStore(config: Config['store'], onError: (error: unknown) => void): Store {
  return config.type === 'file' ? createFileStore(config.folder, onError) : createS3Store({ ...config, onError });
}
