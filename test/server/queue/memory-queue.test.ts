import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createMemoryQueue } from '../../../server/queue/memory-queue.js';
import { createFileStore } from '../../../server/store/file-store.js';
import { describeQueue } from '../../contract/queue-contract.js';

let folder = '';
describeQueue('one process', async ({ reopen, ...options }) => {
  if (!reopen) folder = await mkdtemp(path.join(os.tmpdir(), 'toile-queue-'));
  return createMemoryQueue({ store: createFileStore(folder), defaults: { passes: 10, candidates: 1 }, ...options });
});
