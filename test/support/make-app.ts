/** The server's app with everything it has but a socket, over a store of its own. */
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { createApp, type AppParts } from '../../server/app.js';
import type { Engine } from '../../server/engine/engine.js';
import { addKey, type NewKey } from '../../server/keys.js';
import { createKnownKeys } from '../../server/known-keys.js';
import { createMemoryLimits } from '../../server/limits/memory-limits.js';
import { createMetrics } from '../../server/metrics.js';
import { createMemoryQueue } from '../../server/queue/memory-queue.js';
import { createAssets } from '../../server/store/assets.js';
import { createFileStore } from '../../server/store/file-store.js';
import { createWorker } from '../../server/worker.js';

export type App = ReturnType<typeof createApp>;

export type MakeAppOptions = {
  engine: Engine;
  /** Callers' keys; none: open to this machine. */
  keys?: NewKey[];
  limit?: number;
  /** Whether anybody works jobs off. */
  works?: boolean;
  parts?: Partial<AppParts>;
};

/** @returns the app, its queue, and the keys in the order in which they were asked for */
export async function makeApp({ engine, keys = [], limit = 100, works = true, parts }: MakeAppOptions) {
  const store = createFileStore(await mkdtemp(path.join(os.tmpdir(), 'toile-app-')));
  const assets = createAssets(store);
  const metrics = createMetrics();
  const log = pino({ level: 'silent' });
  const queue = createMemoryQueue({ store, limit, defaults: { passes: 10, candidates: 1 } });
  if (works) await queue.work(createWorker({ engine, assets, metrics, log }));
  const made: string[] = [];
  for (const key of keys) made.push((await addKey(store, key)).key);
  const access: AppParts['access'] =
    made.length > 0 ? { type: 'keyed', keys: createKnownKeys(store) } : { type: 'open', token: 'token' };
  const limits = createMemoryLimits();
  const app = createApp({
    ...{ queue, store, assets, engine, metrics, log, access, limits, pages: new Map(), closing: () => false },
    ...parts,
  });
  return { app, keys: made, queue };
}
