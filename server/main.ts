/** Names the adapters, puts the server together and listens, whole or as one of its halves. What can be swapped is swapped here. */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { toToileError } from '../shared/index.js';
import { openAccess } from './access.js';
import { createApp } from './app.js';
import { packageRoot, parseConfig, parseRole, type Config, type Role } from './config.js';
import type { Engine, EngineFacts, EngineInfo } from './engine/engine.js';
import { createEnginePool } from './engine/engine-pool.js';
import { createEngineProcess } from './engine/engine-process.js';
import { addressOf, listen } from './http-server.js';
import { createKnownKeys } from './known-keys.js';
import type { Limits } from './limits/limits.js';
import { createMemoryLimits } from './limits/memory-limits.js';
import { createRedisLimits } from './limits/redis-limits.js';
import { closeServer, createLifeCycle, endSoon } from './life-cycle.js';
import { createLog } from './log.js';
import { createMetrics } from './metrics.js';
import { createOperations, type Operations } from './operations.js';
import { readPages } from './pages.js';
import { createMemoryQueue } from './queue/memory-queue.js';
import type { Queue } from './queue/queue.js';
import { announceEngine, createRedisEngineFacts } from './queue/redis-engine-facts.js';
import { openRedis } from './queue/redis-link.js';
import { createRedisQueue } from './queue/redis-queue.js';
import { createAssets } from './store/assets.js';
import { openStore } from './store/open-store.js';
import type { Store } from './store/store.js';
import { startSweeper } from './sweeper.js';
import { createWorker } from './worker.js';

/** How long running generations may take to end after a signal to stop. Those that don't are found again. */
const DRAIN_MS = 20_000;
/** Where there is nobody else to work them off, engines have as many jobs at least, which take turns. */
const FEW_JOBS = 4;

try {
  const role = parseRole(process.argv[2]);
  await start(role, parseConfig(process.env, role));
} catch (thrown) {
  process.stderr.write(`toile: ${toToileError(thrown).message}\n`);
  process.exitCode = 1;
  // what was opened by then shall not hold it
  void endSoon();
}

async function start(role: Role, config: Config): Promise<void> {
  const log = createLog(config.logLevel);
  const metrics = createMetrics();
  const store = openStore(config.store, (err) => log.warn({ err }, 'the store is not reachable'));
  const { bundles, bundle, bundleSha256, device, threads, maxBatch, engines, host, port } = config;
  // a worker that nobody asks lets nobody in
  const access =
    port === undefined
      ? undefined
      : await openAccess({
          host,
          keys: createKnownKeys(store, { onError: (err) => log.warn({ err }, "keys can't be read") }),
          // nor has a worker a page that would ask with a token
          folder: config.store.type === 'file' && role !== 'worker' ? config.store.folder : undefined,
          onError: (err) => log.warn({ err }, "keys can't be read yet"),
        });
  const token = access?.type === 'open' && role !== 'worker' ? access.token : undefined;
  const assets = createAssets(store, { onError: (err) => log.warn({ err }, 'an asset stays as old as it is') });
  const child = path.join(packageRoot, 'dist', 'server', 'engine-child.js');
  const onRestart = () => metrics.engineRestarts.inc();
  const settings = { child, bundles, bundle, bundleSha256, device, threads, maxBatch, log, onRestart };
  const startEngines = () => Array.from({ length: engines }, () => createEngineProcess(settings));
  const own = role === 'api' ? undefined : createEnginePool(startEngines(), { log });
  const info = await own?.ready();
  const { queue, engine, limits, letGo } = openQueue(config.queue, {
    store,
    own,
    info,
    engines,
    onError: (err) => log.error({ err }, 'queue'),
  });
  const ending = new AbortController();
  const life = createLifeCycle({ log, close });

  const app = access && (await putTogether({ queue, store, engine, metrics, log, access, closing: life.closing }));
  const server =
    app && port !== undefined ? listen({ fetch: app.fetch, port, hostname: host, log }, listening) : undefined;
  const sweeper = role === 'worker' ? undefined : startSweeper({ store, keepDays: config.keepDays, metrics, log });
  server?.on('error', (error) => {
    void life.fail(new Error(`PORT=${port} on HOST=${host} can't be listened on: ${error.message}`));
  });
  void own?.unfit.then(life.fail);
  // there may be many jobs of earlier runs to read: callers are answered meanwhile
  const working = own && queue.work(createWorker({ engine: own, assets, metrics, log, ending: ending.signal }));
  working?.catch((thrown: unknown) => life.fail(toToileError(thrown)));
  process.on('SIGINT', life.onSignal);
  process.on('SIGTERM', life.onSignal);
  if (!server) listening();

  function listening(address?: { port: number }): void {
    log.info({ ...info, bundles: undefined, role, port: address?.port }, 'ready');
    const at = address && addressOf(host, address.port);
    const hint = token === undefined ? '' : ` (plugin token ${token})`;
    if (role !== 'worker') process.stdout.write(`Toile is at ${at}${hint}\n`);
    else process.stdout.write(`Toile's worker is ready${at ? `, ${at}/metrics has its figures` : ''}\n`);
  }

  async function putTogether(operations: Operations) {
    if (role === 'worker') return createOperations(operations);
    return createApp({ ...operations, assets, limits, pages: await readPages(packageRoot, token) });
  }

  /** Callers are answered till the jobs under way have ended; new ones are refused from the start. */
  async function close(): Promise<void> {
    await Promise.race([queue.close(), delay(DRAIN_MS, undefined, { ref: false })]);
    await sweeper?.stop();
    ending.abort();
    await own?.close();
    // an engine that closed hands its jobs back; they are written down before the process ends
    await queue.close();
    if (server) await closeServer(server);
    letGo();
  }
}

type QueueParts = {
  store: Store;
  /** The engine of this process, if it has one. */
  own: Engine | undefined;
  info: EngineInfo | undefined;
  /** How many it is. */
  engines: number;
  onError: (error: unknown) => void;
};

type OpenedQueue = {
  queue: Queue;
  engine: EngineFacts;
  limits: Limits;
  /** Of what callers' answers come from, so not before the last of them is answered. */
  letGo: () => void;
};

/** The queue, and with it where to learn of engines and where callers' limits are kept. */
function openQueue(config: Config['queue'], { store, own, info, engines, onError }: QueueParts): OpenedQueue {
  const places = engines * (info?.maxBatch ?? 1);
  if (config.type === 'memory') {
    if (!own || !info) throw new RangeError('the queue of one process is of one with an engine');
    const concurrency = Math.max(places, FEW_JOBS);
    const queue = createMemoryQueue({ store, defaults: info.defaults, concurrency, engines, onError });
    return { queue, engine: own, limits: createMemoryLimits(), letGo: () => undefined };
  }
  const link = openRedis({ url: config.url, onError });
  if (info) void announceEngine(link, info);
  // what this engine can't work on at once is better left to another
  const mine = info ? { defaults: info.defaults, concurrency: places, engines } : {};
  const queue = createRedisQueue({ link, ...mine, onError });
  return {
    queue,
    engine: own ?? createRedisEngineFacts(link),
    limits: createRedisLimits(link),
    letGo: () => link.close(),
  };
}
