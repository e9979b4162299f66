import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Access } from '../../server/access.js';
import { addKey } from '../../server/keys.js';
import { createKnownKeys } from '../../server/known-keys.js';
import { createMetrics } from '../../server/metrics.js';
import { createOperations, type Operations } from '../../server/operations.js';
import { createMemoryQueue } from '../../server/queue/memory-queue.js';
import { createMemoryStore } from '../support/memory-store.js';

const info = { ready: async () => Promise.reject(new Error('no engine here')) };
const routes = ['/healthz', '/readyz', '/metrics'];

function make(access: Access, parts: Partial<Operations> = {}) {
  const store = createMemoryStore();
  return createOperations({
    queue: createMemoryQueue({ store, defaults: { passes: 1, candidates: 1 } }),
    ...{ store, engine: info, metrics: createMetrics(), log: pino({ level: 'silent' }), access, closing: () => false },
    ...parts,
  });
}

async function makeKeyed() {
  const store = createMemoryStore();
  const { key } = await addKey(store, { name: 'monitor' });
  return { key, app: make({ type: 'keyed', keys: createKnownKeys(store) }) };
}

const failure = z.object({ error: z.object({ code: z.string() }) });

describe('the figures', () => {
  it('are told to programs of this machine where no key was made', async () => {
    const response = await make({ type: 'open', token: 't' }).request('/metrics', {
      headers: { host: 'localhost:9000' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=/);
    expect(await response.text()).toMatch(/^toile_passes_total 0$/m);
  });

  it('are not told to a web page that leads here by a name of its own', async () => {
    const app = make({ type: 'open', token: 't' });
    const named = { host: 'evil.example', origin: 'http://evil.example' };
    const elsewhere = { host: 'localhost:9000', origin: 'https://evil.example' };
    for (const headers of [named, elsewhere]) {
      const response = await app.request('/metrics', { headers });
      expect(response.status).toBe(403);
      expect(failure.parse(await response.json()).error.code).toBe('forbidden_origin');
    }
  });

  it('take a key where there is one', async () => {
    const { app, key } = await makeKeyed();
    const wrong = { headers: { authorization: 'Bearer toile_wrong' } };
    for (const init of [{}, wrong]) expect((await app.request('/metrics', init)).status).toBe(401);
    const response = await app.request('/metrics', { headers: { authorization: `Bearer ${key}` } });
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/toile_errors_total\{code="unauthorized"\} 2/);
  });

  it('hold how many jobs wait and run, and no number where the queue does not answer', async () => {
    const queue = createMemoryQueue({ store: createMemoryStore(), defaults: { passes: 1, candidates: 1 } });
    let counts = queue.counts;
    const app = make({ type: 'open', token: 't' }, { queue: { ...queue, counts: () => counts() } });
    const read = async () => (await app.request('/metrics', { headers: { host: 'localhost' } })).text();
    const given = { variants: 1, previews: 0 };
    await queue.submit({ tenant: 'a', request: { given, resolved: { ...given, seed: 1 } } });
    const figures = await read();
    expect(figures).toMatch(/^toile_queue_waiting 1$/m);
    expect(figures).toMatch(/^toile_queue_running 0$/m);
    counts = () => Promise.reject(new Error('Redis is away'));
    expect(await read()).toMatch(/^toile_queue_waiting NaN$/im);
  });

  it('hold those of the process itself', async () => {
    const response = await make({ type: 'open', token: 't' }).request('/metrics', { headers: { host: '127.0.0.1' } });
    expect(await response.text()).toMatch(/^process_resident_memory_bytes \d+/m);
  });
});

describe('life and readiness', () => {
  it('are told to anybody, and nothing beside them', async () => {
    const { app } = await makeKeyed();
    const [health, ready, metrics] = await Promise.all(routes.map((route) => app.request(route)));
    expect(await health?.json()).toEqual({
      ok: true,
      name: 'toile',
      version: expect.any(String),
      protocol: expect.any(Number),
    });
    expect(ready?.status).toBe(503);
    expect(await ready?.json()).toEqual({ engine: false, store: true, queue: true });
    expect(metrics?.status).toBe(401);
  });

  it('ask a store that has to be written to every two seconds at most', async () => {
    let [now, asked] = [0, 0];
    const store = { ...createMemoryStore(), reachable: async () => ++asked !== 2 };
    const app = make({ type: 'open', token: 't' }, { store, now: () => now });
    const read = async () => z.object({ store: z.boolean() }).parse(await (await app.request('/readyz')).json()).store;
    expect(await Promise.all([read(), read(), read()])).toEqual([true, true, true]);
    expect(asked).toBe(1);
    now += 2000;
    expect([await read(), await read()]).toEqual([false, false]);
    now += 2000;
    expect(await read()).toBe(true);
    expect(asked).toBe(3);
  });
});
