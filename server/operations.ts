/** What operations ask of any process, with an API or without: whether it lives, whether it is of use, and its figures. */
import { setTimeout as delay } from 'node:timers/promises';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import { PROTOCOL } from '../shared/index.js';
import { checkAccess, type Access } from './access.js';
import { version } from './config.js';
import type { EngineFacts } from './engine/engine.js';
import { answerError, asToileError } from './http-errors.js';
import type { Metrics } from './metrics.js';
import type { Queue } from './queue/queue.js';
import type { Store } from './store/store.js';

export type Operations = {
  queue: Queue;
  store: Store;
  /** Or what is known of engines elsewhere. */
  engine: EngineFacts;
  metrics: Metrics;
  log: Logger;
  /** Who may read the figures; whether it lives and is ready is anybody's to ask. */
  access: Access;
  /** True from the moment the server shuts down. */
  closing: () => boolean;
  /** Milliseconds from any start. */
  now?: () => number;
};

/** Whoever asks for readiness doesn't wait long. */
const PATIENCE_MS = 200;
/** Anybody may ask, and the store is written to for an answer. */
const STORE_KNOWN_MS = 2000;

export function createOperations(parts: Operations): Hono {
  const { queue, store, engine, metrics, log, access, closing, now = () => performance.now() } = parts;
  const app = new Hono();
  let storeAsked = { at: -Infinity, answer: Promise.resolve(false) };

  function reachStore(): Promise<boolean> {
    if (now() - storeAsked.at >= STORE_KNOWN_MS) storeAsked = { at: now(), answer: store.reachable() };
    return storeAsked.answer;
  }

  app.get('/healthz', (c) => c.json({ ok: true, name: 'toile', version, protocol: PROTOCOL }));

  app.get('/readyz', async (c) => {
    const [engineReady, storeReady, queueReady] = await Promise.all([
      soon(isUp(engine), (err) => log.warn({ err }, 'the engine is not ready')),
      reachStore(),
      soon(queue.reachable()),
    ]);
    const ready = { engine: engineReady, store: storeReady, queue: queueReady && !closing() };
    return c.json(ready, Object.values(ready).every(Boolean) ? 200 : 503);
  });

  app.get('/metrics', async (c) => {
    await checkAccess(c.req.raw.headers, access);
    const { registry, queueWaiting, queueRunning } = metrics;
    // a queue that doesn't answer has an unknown number of jobs, which is not the last known one
    const { waiting, running } = await queue.counts().catch(() => ({ waiting: NaN, running: NaN }));
    queueWaiting.set(waiting);
    queueRunning.set(running);
    return c.text(await registry.metrics(), 200, { 'Content-Type': registry.contentType });
  });

  app.onError((thrown, c) => {
    const error = asToileError(thrown);
    metrics.errors.inc({ code: error.code });
    return answerError(c, error);
  });

  return app;
}

/** @throws ToileError what `ready` says of an engine that isn't */
async function isUp(engine: EngineFacts): Promise<boolean> {
  await engine.ready();
  return engine.up ? engine.up() : true;
}

async function soon(answer: Promise<unknown>, onError: (error: unknown) => void = () => undefined): Promise<boolean> {
  return Promise.race([
    answer.then(
      (value) => value !== false,
      (error) => {
        onError(error);
        return false;
      },
    ),
    delay(PATIENCE_MS, false, { ref: false }),
  ]);
}
