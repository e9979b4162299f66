/** The panel's client against the server's own routes, without a socket; only the engine is a stand-in. */
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { createClient, type Client } from '../../../plugin/ui/client/client.js';
import type { Heard } from '../../../plugin/ui/client/follow.js';
import { examine, type Examined } from '../../../plugin/ui/doctor/examine.js';
import { toProblem } from '../../../plugin/ui/problem.js';
import { explain } from '../../../plugin/ui/texts/advise.js';
import { createSay } from '../../../plugin/ui/texts/speak.js';
import { createApp } from '../../../server/app.js';
import type { Engine } from '../../../server/engine/engine.js';
import { createMemoryLimits } from '../../../server/limits/memory-limits.js';
import { createMetrics } from '../../../server/metrics.js';
import { createMemoryQueue } from '../../../server/queue/memory-queue.js';
import { createAssets } from '../../../server/store/assets.js';
import { createFileStore } from '../../../server/store/file-store.js';
import { createWorker } from '../../../server/worker.js';

const none = { encodeMs: 0, conditionMs: 0, passesMs: 0, decodeMs: 0, pixelsMs: 0, totalMs: 1 };
let picture: Uint8Array;
let app: ReturnType<typeof createApp>;
const URL_ = 'http://localhost:8787';

/** Makes the same picture in two passes, whatever is asked for. */
const engine: Engine = {
  ready: async () => ({
    bundle: 'plain',
    bundles: [
      {
        name: 'plain',
        title: 'Plain',
        loaded: true,
        defaults: { passes: 2, guidance: 3, temperature: 1, candidates: 1 },
      },
    ],
    device: 'cpu',
    deviceReason: 'there is no other',
    threads: 1,
    maxBatch: 1,
    defaults: { passes: 2, candidates: 1 },
    loadMs: 0,
  }),
  async generate({ request }, { onProgress }) {
    const { seed, variants } = request;
    const made = Array.from({ length: variants }, (_, n) => {
      const place = { width: 8, height: 8, x: 0, y: 0 };
      return { png: picture, seed: seed + n, relevance: 0.5, fidelity: 0.5, passes: 2, ...place };
    });
    made.forEach((variant, index) => {
      for (const pass of [1, 2]) onProgress({ type: 'pass', variant: index, pass, passes: 2, batch: 1 });
      onProgress({ type: 'variant', index, variant });
    });
    return { variants: made, passes: 2 * variants, timings: none };
  },
  reconstruct: () => Promise.reject(new Error('not here')),
  close: async () => undefined,
};

// as a plugin's panel asks: from an origin that is null
const fetch: typeof globalThis.fetch = async (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set('origin', 'null');
  headers.set('host', 'localhost:8787');
  if (init?.body instanceof Blob) headers.set('content-length', String(init.body.size));
  return app.request(String(input), { ...init, headers });
};
const clientWith = (key: string): Client => createClient({ url: URL_, key }, { fetch, wait: async () => undefined });

beforeAll(async () => {
  const plain = sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } });
  picture = new Uint8Array(await plain.png().toBuffer());
  const store = createFileStore(await mkdtemp(path.join(os.tmpdir(), 'toile-panel-')));
  const assets = createAssets(store);
  const metrics = createMetrics();
  const log = pino({ level: 'silent' });
  const queue = createMemoryQueue({ store, defaults: { passes: 2, candidates: 1 } });
  await queue.work(createWorker({ engine, assets, metrics, log }));
  app = createApp({
    ...{ queue, store, assets, engine, metrics, log, pages: new Map(), closing: () => false },
    access: { type: 'open', token: 'token' },
    limits: createMemoryLimits(),
  });
});

it('goes from pictures to pictures', async () => {
  const client = clientWith('token');
  const asset = await client.upload(picture);
  const request = { vary: { asset, strength: 0.5 }, variants: 2, seed: 5, previews: 2 };
  const job = await client.submit(request, 'ticket');
  expect((await client.submit(request, 'ticket')).id).toBe(job.id);
  const heard: Heard[] = [];
  const { signal } = new AbortController();
  for await (const one of client.follow(job.id, { signal, count: 2 })) heard.push(one);
  expect(heard.at(-1)).toEqual({ type: 'done' });
  expect(heard.filter(({ type }) => type === 'pass')).toHaveLength(4);
  const done = await client.view(job.id);
  expect(done).toMatchObject({ state: 'done', variants: [{ seed: 5 }, { seed: 6 }] });
  expect(await client.asset(done.variants[0]?.asset ?? '')).toEqual(picture);
});

it('is refused with a code where the token is wrong, or the job is unknown', async () => {
  await expect(clientWith('wrong').models()).rejects.toMatchObject({
    problem: { code: 'forbidden_origin', status: 403 },
  });
  await expect(clientWith('token').view('nobody')).rejects.toMatchObject({ problem: { code: 'unknown_job' } });
  await expect(clientWith('token').submit({ variants: 99 }, 't')).rejects.toMatchObject({
    problem: { code: 'invalid_request', requestId: expect.any(String) },
  });
});

describe('a picture that is too large', () => {
  const plain = async (width: number, height: number) => {
    const picture = sharp({ create: { width, height, channels: 3, background: '#fff' } });
    return new Uint8Array(await picture.png({ compressionLevel: 1 }).toBuffer());
  };

  it.each([
    ['pixels', () => plain(4400, 4000), '4400 × 4000 px, 17.6 megapixels', '16.8 megapixels'],
    ['its longer side', () => plain(65_536, 8), '65536 × 8 px', '65535 px a side'],
    ['its file', async () => new Uint8Array(41 * 2 ** 20), '41 MB', '32 MB'],
  ])('is told by the limit that it is beyond, with its own figure: %s', async (_, make, own, most) => {
    const thrown: unknown = await clientWith('token')
      .upload(await make())
      .catch((error: unknown) => error);
    const { what, todo, values } = explain(toProblem(thrown));
    const say = createSay('en');
    expect(say(what, values)).toContain(own);
    expect(say(todo, values)).toContain(most);
  });
});

it('is found sound by the connection check', async () => {
  const around = {
    fetch,
    secure: true,
    local: true,
    permission: async () => undefined,
    watchPolicy: () => () => false,
  };
  let last: Examined = { checks: [] };
  for await (const examined of examine({ url: URL_, key: 'token' }, around)) last = examined;
  expect(last.checks.map(({ state }) => state)).toEqual(Array(6).fill('good'));
  for await (const examined of examine({ url: URL_, key: '' }, around)) last = examined;
  expect(last.checks.find(({ state }) => state === 'bad')).toMatchObject({ stage: 'key', trouble: 'token' });
});
