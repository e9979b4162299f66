/** Names the adapters, puts the server together and listens, whole or as one of its halves. What can be swapped is swapped here. */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { toToileError } from '../shared/index.js';
import { createApp } from './app.js';
import { packageRoot, parseConfig, parseRole, type Config, type Role } from './config.js';
import type { Engine, EngineInfo } from './engine/engine.js';
import { createEngineProcess } from './engine/engine-process.js';
import { readLocalToken } from './local-token.js';
import { createLog } from './log.js';
import { createMetrics } from './metrics.js';
import { createOperations, type Operations } from './operations.js';
import { readPages } from './pages.js';
import { announceEngine, createEngineFacts } from './queue/engine-facts.js';
import { createMemoryQueue } from './queue/memory-queue.js';
import type { Queue } from './queue/queue.js';
import { openRedis } from './queue/redis-link.js';
import { createRedisQueue } from './queue/redis-queue.js';
import { createAssets } from './store/assets.js';
import { createFileStore } from './store/file-store.js';
import { createS3Store } from './store/s3-store.js';
import type { Store } from './store/store.js';
import { createWorker } from './worker.js';

/** How long running generations may take to end after a signal to stop. Those that don't are found again. */
const DRAIN_MS = 20_000;

try {
  const role = parseRole(process.argv[2]);
  await start(role, parseConfig(process.env, role));
} catch (thrown) {
  process.stderr.write(`toile: ${toToileError(thrown).message}\n`);
  process.exitCode = 1;
}

async function start(role: Role, config: Config): Promise<void> {
  const open = config.keyHashes.length === 0;
  const folder = open && role !== 'worker' && config.store.type === 'file' ? config.store.folder : undefined;
  const token = await readLocalToken(folder);
  const pages = role === 'worker' ? new Map() : await readPages(packageRoot, open ? token : undefined);
  const log = createLog(config.logLevel);
  const metrics = createMetrics();
  const store = openStore(config.store, (err) => log.warn({ err }, 'the store is not reachable'));
  const assets = createAssets(store);
  const { bundles, bundle, device, threads, port } = config;
  const child = path.join(packageRoot, 'dist', 'server', 'engine-child.js');
  const own = role === 'api' ? undefined : createEngineProcess({ child, bundles, bundle, device, threads, log });
  const info = await own?.ready();
  const { queue, engine } = openQueue(config.queue, {
    store,
    own,
    info,
    onError: (err) => log.error({ err }, 'queue'),
  });
  let closing = false;

  if (own) await queue.work(createWorker({ engine: own, assets, metrics, log }));
  const operations: Operations = { queue, store, engine, metrics, log, closing: () => closing };
  const access = { keyHashes: config.keyHashes, token };
  const app = role === 'worker' ? createOperations(operations) : createApp({ ...operations, assets, access, pages });
  const server = port === undefined ? undefined : serve({ fetch: app.fetch, port, hostname: config.host }, listening);
  server?.on('error', (error) => {
    process.stderr.write(`toile: PORT=${port} on HOST=${config.host} can't be listened on: ${error.message}\n`);
    process.exitCode = 1;
    void Promise.all([queue.close(), own?.close()]);
  });
  if (!server) listening();

  function listening(address?: { port: number }): void {
    log.info({ ...info, bundles: undefined, role, port: address?.port }, 'ready');
    const [at, hint] = [`http://localhost:${address?.port}`, open ? ` (plugin token ${token})` : ''];
    if (role !== 'worker') process.stdout.write(`Toile is at ${at}${hint}\n`);
    else process.stdout.write(`Toile's worker is ready${address ? `, ${at}/metrics has its figures` : ''}\n`);
  }

  async function stop(signal: string): Promise<void> {
    if (closing) return;
    closing = true;
    log.info({ signal }, 'shutting down');
    server?.close();
    await Promise.race([queue.close(), delay(DRAIN_MS, undefined, { ref: false })]);
    await own?.close();
    // an engine that closed hands its jobs back; they are written down before the process ends
    await queue.close();
    if (server && 'closeAllConnections' in server) server.closeAllConnections();
    log.info('bye');
  }
  process.on('SIGINT', (signal) => void stop(signal));
  process.on('SIGTERM', (signal) => void stop(signal));
}

function openStore(config: Config['store'], onError: (error: unknown) => void): Store {
  return config.type === 'file' ? createFileStore(config.folder, onError) : createS3Store({ ...config, onError });
}

type QueueParts = {
  store: Store;
  /** The engine of this process, if it has one. */
  own: Engine | undefined;
  info: EngineInfo | undefined;
  onError: (error: unknown) => void;
};

/** The queue, and with it where to learn of engines. */
function openQueue(
  config: Config['queue'],
  { store, own, info, onError }: QueueParts,
): { queue: Queue; engine: Pick<Engine, 'ready'> } {
  if (config.type === 'memory') {
    if (!own || !info) throw new RangeError('the queue of one process is of one with an engine');
    return { queue: createMemoryQueue({ store, defaults: info.defaults, onError }), engine: own };
  }
  const link = openRedis({ url: config.url, onError });
  if (info) void announceEngine(link, info);
  // what this engine can't work on at once is better left to another
  const mine = info ? { defaults: info.defaults, concurrency: info.maxBatch } : {};
  const queue = createRedisQueue({ link, ...mine, onError });
  return { queue, engine: own ?? createEngineFacts(link) };
}
