/** Names the adapters, puts the server together and listens. What can be swapped is swapped here. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { toToileError } from '../shared/index.js';
import { createApp } from './app.js';
import { packageRoot, parseConfig, type Config } from './config.js';
import { createEngineProcess } from './engine/engine-process.js';
import { createLog } from './log.js';
import { createMetrics } from './metrics.js';
import { createMemoryQueue } from './queue/memory-queue.js';
import { createAssets } from './store/assets.js';
import { createFileStore } from './store/file-store.js';
import { createWorker } from './worker.js';

/** How long running generations may take to end after a signal to stop. Those that don't are found again. */
const DRAIN_MS = 20_000;

try {
  await start(parseConfig(process.env));
} catch (thrown) {
  process.stderr.write(`toile: ${toToileError(thrown).message}\n`);
  process.exitCode = 1;
}

async function start(config: Config): Promise<void> {
  const log = createLog(config.logLevel);
  const metrics = createMetrics();
  const store = createFileStore(config.store);
  const assets = createAssets(store);
  const { bundles, bundle, device, threads } = config;
  const child = path.join(packageRoot, 'dist', 'server', 'engine-child.js');
  const engine = createEngineProcess({ child, bundles, bundle, device, threads, log });
  const queue = createMemoryQueue({ store, onError: (err) => log.error({ err }, 'queue') });
  const token = randomBytes(16).toString('hex');
  let closing = false;

  const app = createApp({
    queue,
    store,
    assets,
    engine,
    metrics,
    log,
    access: { keyHashes: config.keyHashes, token },
    page: await readPage(),
    closing: () => closing,
  });
  const info = await engine.ready();
  await queue.work(createWorker({ engine, assets, metrics, log }));
  const server = serve({ fetch: app.fetch, port: config.port, hostname: config.host }, ({ port }) => {
    log.info({ ...info, bundles: undefined, port }, 'ready');
    process.stdout.write(`Toile is at http://localhost:${port} (plugin token ${token})\n`);
  });
  server.on('error', (error) => {
    process.stderr.write(`toile: PORT=${config.port} on HOST=${config.host} can't be listened on: ${error.message}\n`);
    process.exitCode = 1;
    void engine.close();
  });

  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (closing) return;
    closing = true;
    log.info({ signal }, 'shutting down');
    server.close();
    await Promise.race([queue.close(), delay(DRAIN_MS, undefined, { ref: false })]);
    await engine.close();
    // an engine that closed hands its jobs back; they are written down before the process ends
    await queue.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
    log.info('bye');
  }
  process.on('SIGINT', (signal) => void stop(signal));
  process.on('SIGTERM', (signal) => void stop(signal));
}

async function readPage() {
  const folder = path.join(packageRoot, 'dist', 'page');
  const read = (file: string) => readFile(path.join(folder, file), 'utf8');
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: await read('index.html') }],
    ['/page.js', { type: 'text/javascript; charset=utf-8', body: await read('page.js') }],
    ['/page.css', { type: 'text/css; charset=utf-8', body: await read('page.css') }],
  ]);
}
