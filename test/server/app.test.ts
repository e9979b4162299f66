/** The routes on the tiny real bundle: no socket, everything else as the server has it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pino } from 'pino';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jobEvent, jobView, ToileError, type JobView } from '../../shared/index.js';
import { loadBundle } from '../../server/engine/bundle.js';
import type { EngineProcess } from '../../server/engine/engine-process.js';
import { createMemoryQueue } from '../../server/queue/memory-queue.js';
import { fixtures, root, startTinyEngine } from '../support/fixtures.js';
import { makeApp, type App, type MakeAppOptions } from '../support/make-app.js';
import { createMemoryStore } from '../support/memory-store.js';

let engine: EngineProcess;
let app: App;
beforeAll(async () => {
  engine = startTinyEngine();
  app = (await make({})).app;
});
afterAll(() => engine.close());

const make = ({ parts, ...options }: Partial<MakeAppOptions>) =>
  makeApp({ engine, ...options, parts: { pages, ...parts } });
const pages = new Map([
  ['/', { type: 'text/html', body: 'the token', policy: () => "default-src 'self'" }],
  ['/plugin/ui.html', { type: 'text/html', body: 'the panel', policy: (host: string) => `connect-src http://${host}` }],
]);

const local = { host: 'localhost:8787' };
const post = (target: App, url: string, body: BodyInit, headers: Record<string, string> = {}) =>
  target.request(url, { method: 'POST', body, headers: { ...local, ...headers } });
const get = (url: string, headers: Record<string, string> = {}) =>
  app.request(url, { headers: { ...local, ...headers } });
const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

async function submit(request: object): Promise<JobView> {
  const response = await post(app, '/v1/generations', JSON.stringify(request));
  expect(response.status).toBe(202);
  return jobView.parse(await response.json());
}

async function readEvents(id: string, headers = {}) {
  const text = await (await get(`/v1/generations/${id}/events`, headers)).text();
  const data = [...text.matchAll(/^data: (.+)$/gm)].map(([, json]) => jobEvent.parse(JSON.parse(json!)));
  const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, n]) => Number(n));
  return { data, ids };
}

/** The id of a kept file. */
async function keep(bytes: Uint8Array): Promise<string> {
  const kept = await post(app, '/v1/assets', new Blob([new Uint8Array(bytes)]));
  return z.object({ id: z.string() }).parse(await kept.json()).id;
}

/** A job that has ended. */
async function finish(job: JobView): Promise<JobView> {
  await readEvents(job.id);
  return jobView.parse(await (await get(`/v1/generations/${job.id}`)).json());
}

describe('a generation', () => {
  it('goes from a request to pictures, with an event for every pass', async () => {
    const job = await submit({ prompt: 'red t-shirt', variants: 2, seed: 7, passes: 3 });
    const { data } = await readEvents(job.id);
    expect(data.filter(({ type }) => type === 'pass')).toHaveLength(6);
    expect(data.at(-1)?.type).toBe('done');
    const done = jobView.parse(await (await get(`/v1/generations/${job.id}`)).json());
    expect(done).toMatchObject({ state: 'done', progress: 1, variants: [{ seed: 7 }, { seed: 8 }] });
    const response = await get(`/v1/assets/${done.variants[0]!.asset}`);
    expect(response.headers.get('content-type')).toBe('image/png');
    const { width, height, format } = await sharp(await response.arrayBuffer()).metadata();
    expect({ width, height, format }).toEqual({ width: 256, height: 256, format: 'png' });
  });

  it('says of each picture which bundle made it, as the list of bundles has it', async () => {
    const { variants } = await finish(await submit({ prompt: 'red shirt', variants: 2 }));
    const { model, checksum } = await loadBundle(fixtures, 'tiny-bundle');
    const { name } = model;
    expect(variants.map(({ bundle }) => bundle)).toEqual(Array(2).fill({ name, checksum }));
    expect(await (await get('/v1/models')).json()).toMatchObject({ models: [{ name, checksum, loaded: true }] });
  });

  it('takes {} for a picture of nothing in particular, and draws the seed', async () => {
    const job = await submit({});
    expect(job.request.variants).toBe(1);
    expect(job.request.seed).toBeGreaterThanOrEqual(0);
  });

  it('tells a reader that comes back only what it missed', async () => {
    const job = await submit({ passes: 2, seed: 1 });
    const all = await readEvents(job.id);
    const rest = await readEvents(job.id, { 'last-event-id': String(all.ids[1]) });
    expect(rest.ids).toEqual(all.ids.slice(2));
  });

  it('stops when it is cancelled, and frees the engine for the next', async () => {
    const job = await submit({ variants: 8, passes: 32 });
    const response = await app.request(`/v1/generations/${job.id}`, { method: 'DELETE', headers: local });
    expect(await response.json()).toMatchObject({ state: 'cancelled' });
    const next = await submit({ passes: 1 });
    expect((await readEvents(next.id)).data.at(-1)?.type).toBe('done');
  });

  it('shows its variants on their way, each preview between the passes it lies between', async () => {
    const job = await submit({ prompt: 'red t-shirt', variants: 2, seed: 7, passes: 3, previews: 1 });
    expect(job.request.previews).toBe(1);
    const { data } = await readEvents(job.id);
    const told = data.flatMap((e) =>
      'variant' in e ? `${e.type} ${e.variant}${'pass' in e ? `.${e.pass}` : ''}` : [],
    );
    const of = (n: number) => [`pass ${n}.1`, `pass ${n}.2`, `preview ${n}.2`, `pass ${n}.3`, `variant ${n}`];
    expect(told).toEqual([...of(0), ...of(1)]);
    const [preview] = data.filter((event) => event.type === 'preview');
    const response = await get(`/v1/assets/${preview!.asset}`);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    // content-addressed: the same pixels with previews and without
    const plain = await finish(await submit({ prompt: 'red t-shirt', variants: 2, seed: 7, passes: 3 }));
    const shown = await finish(job);
    expect(shown.variants.map(({ asset }) => asset)).toEqual(plain.variants.map(({ asset }) => asset));
  });

  it('says how many pixels outside the mask an edit changed, and of what is no edit nothing', async () => {
    const asset = await keep(await readFile(path.join(fixtures, 'goldens', 'picture.png')));
    const { width, height } = await sharp(path.join(fixtures, 'goldens', 'picture.png')).metadata();
    const black = sharp({ create: { width, height, channels: 3, background: '#000' } });
    const white = { create: { width: 40, height: 30, channels: 3 as const, background: '#fff' } };
    const mask = await keep(
      await black
        .composite([{ input: await sharp(white).png().toBuffer(), left: 8, top: 8 }])
        .png()
        .toBuffer(),
    );
    for (const output of ['image', 'patch']) {
      const done = await finish(await submit({ base: { asset, mask }, output, prompt: 'red', passes: 1, seed: 3 }));
      expect(done.variants).toMatchObject([{ changedOutside: 0 }]);
    }
    const made = await finish(await submit({ passes: 1 }));
    expect(made.variants[0]).not.toHaveProperty('changedOutside');
  });

  it('gives as many variants as were asked for also where they are one picture, and says that they are', async () => {
    const paper = sharp({ create: { width: 64, height: 64, channels: 3, background: '#fafafa' } });
    const cloth = { create: { width: 20, height: 20, channels: 3 as const, background: '#a33' } };
    const lying = paper.composite([{ input: await sharp(cloth).png().toBuffer(), left: 22, top: 22 }]);
    const asset = await keep(await lying.png().toBuffer());
    const done = await finish(await submit({ base: { asset, expand: { left: 16 } }, variants: 3, seed: 7 }));
    const alike = { alike: true, asset: done.variants[0]?.asset };
    expect(done.variants).toMatchObject([7, 8, 9].map((seed) => ({ ...alike, seed })));
    expect(done.progress).toBe(1);
  });

  it('says how long it will take, once a job has ended', async () => {
    await finish(await submit({ passes: 1, seed: 5 }));
    const job = await submit({ variants: 8, passes: 32 });
    expect(job.estimateMs).toBeGreaterThan(0);
    expect((await readEvents((await submit({ passes: 1, seed: 6 })).id)).data[0]).toMatchObject({
      type: 'queued',
      estimateMs: expect.any(Number),
    });
    await app.request(`/v1/generations/${job.id}`, { method: 'DELETE', headers: local });
  });

  it('is the same job under the same Idempotency-Key', async () => {
    const send = (prompt: string) =>
      post(app, '/v1/generations', JSON.stringify({ prompt, passes: 1 }), { 'idempotency-key': 'k1' });
    const [a, b] = [await (await send('a')).json(), await (await send('a')).json()];
    const { id } = jobView.parse(a);
    expect(jobView.parse(b).id).toBe(id);
    const refused = await send('b');
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ error: { code: 'idempotency_conflict', details: { job: id } } });
  });
});

describe('bad input', () => {
  const NONE = '0'.repeat(32);
  const png = (width: number, height: number, background = 'red') =>
    sharp({ create: { width, height, channels: 3, background } })
      .png()
      .toBuffer();

  it.each([
    ['an unknown field', { foo: 1 }, /foo.*the fields are prompt/],
    ['nine variants', { variants: 9 }, /variants = 9.*8/],
    ['a negative seed', { seed: -1 }, /seed = -1.*0/],
    ['a seed of 33 bits', { seed: 2 ** 32 }, /seed = 4294967296.*4294967295/],
    ['a prompt of 10,000 characters', { prompt: 'x'.repeat(10_000) }, /at most 500 characters/],
    ['a prompt that is a number', { prompt: 7 }, /prompt = 7.*string/],
    ['two tasks at once', { vary: { asset: '0'.repeat(32), strength: 1 }, base: { asset: '0'.repeat(32) } }, /exclude/],
    ['an asset id that is a path', { base: { asset: '../../etc/passwd' } }, /base\.asset.*32 hexadecimal/],
  ])('refuses %s with the valid values', async (_, body, message) => {
    const response = await post(app, '/v1/generations', JSON.stringify(body));
    expect(response.status).toBe(400);
    const { error } = failure.parse(await response.json());
    expect(error.code).toBe('invalid_request');
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(400);
  });

  it.each([
    ['no JSON', '{"a"', 400, 'invalid_request'],
    ['an unknown asset', JSON.stringify({ base: { asset: '0'.repeat(32) } }), 404, 'unknown_asset'],
    ['an unknown bundle', JSON.stringify({ bundle: 'nope' }), 404, 'unknown_bundle'],
    ['a megabyte', JSON.stringify({ prompt: 'x'.repeat(1_000_000) }), 413, 'payload_too_large'],
  ])('answers %s with its own code', async (_, body, status, code) => {
    const response = await post(app, '/v1/generations', body);
    expect(response.status).toBe(status);
    expect(failure.parse(await response.json()).error.code).toBe(code);
  });

  it.each([
    ['twenty references', { references: Array(20).fill({ asset: '0'.repeat(32) }) }, /at most 4/],
    ['a mix with one picture', { mix: { assets: ['0'.repeat(32)], steps: 5 } }, /two pictures/],
    ['a mask without a picture', { base: { mask: '0'.repeat(32) } }, /base\.asset/],
    ['an expansion of nothing', { base: { asset: '0'.repeat(32), expand: { left: 0 } } }, /adds no pixel/],
    ['two tasks at once', { base: { asset: '0'.repeat(32) }, vary: { asset: '0'.repeat(32) } }, /exclude/],
    ['a patch of no edit', { prompt: 'jeans', output: 'patch' }, /base/],
    ['a mix with references', { mix: { assets: [NONE, NONE], steps: 5 }, references: [{ asset: NONE }] }, /mix is of/],
    ['more work than one request may be', { variants: 8, candidates: 8, passes: 32 }, /more than 1024/],
  ])('refuses %s, and says why', async (_, request, message) => {
    const response = await post(app, '/v1/generations', JSON.stringify(request));
    expect(response.status).toBe(400);
    expect(failure.parse(await response.json()).error.message).toMatch(message);
  });

  it('refuses a mask of another size, naming both', async () => {
    const [asset, mask] = [await keep(await png(32, 32)), await keep(await png(8, 9, '#fff'))];
    const response = await post(app, '/v1/generations', JSON.stringify({ base: { asset, mask } }));
    expect(response.status).toBe(422);
    expect(failure.parse(await response.json()).error).toMatchObject({
      code: 'invalid_mask',
      message: expect.stringMatching(/8×9.*32×32/),
    });
  });

  it('fails a job with an empty mask, and says that nothing would change', async () => {
    const [asset, mask] = [await keep(await png(32, 32)), await keep(await png(32, 32, '#000'))];
    const { state, error } = await finish(await submit({ base: { asset, mask }, passes: 1 }));
    expect(state).toBe('failed');
    expect(error).toMatchObject({ code: 'invalid_mask', message: expect.stringMatching(/nothing would change/) });
  });

  it('refuses at once what the sizes of the pictures forbid', async () => {
    const [small, large] = [await keep(await png(1, 1)), await keep(await png(300, 200))];
    const region = { x: 290, y: 0, width: 20, height: 20 };
    for (const [request, status, code, message] of [
      [{ references: [{ asset: small }] }, 422, 'invalid_image', /8×8/],
      [{ references: [{ asset: large, region }] }, 400, 'invalid_request', /20×20 at \(290, 0\) leaves.*300×200/],
      [{ base: { asset: large, expand: { left: 4096, top: 4096 } } }, 413, 'image_too_large', /4396×4296/],
    ] as const) {
      const response = await post(app, '/v1/generations', JSON.stringify(request));
      expect(response.status).toBe(status);
      expect(failure.parse(await response.json()).error).toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    }
  });

  it('takes a lock that locks nothing', async () => {
    const [asset, mask] = [await keep(await png(32, 32)), await keep(await png(32, 32, '#fff'))];
    const lock = await keep(await png(32, 32, '#000'));
    expect((await finish(await submit({ base: { asset, mask, lock }, passes: 1 }))).state).toBe('done');
  });

  it('keeps a sound picture, the same one once', async () => {
    const body = new Blob([new Uint8Array(await png(20, 10))]);
    const [first, second] = [await post(app, '/v1/assets', body), await post(app, '/v1/assets', body)];
    expect(first.status).toBe(201);
    const kept = await first.json();
    expect(kept).toMatchObject({ width: 20, height: 10 });
    expect(await second.json()).toEqual(kept);
  });

  it('refuses a PNG cut short, an SVG, an empty body and a text', async () => {
    const whole = await readFile(path.join(fixtures, 'goldens', 'picture-decoded.png'));
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    for (const [body, status] of [
      [new Blob([new Uint8Array(whole.subarray(0, 9000))]), 422],
      [svg, 415],
      ['', 400],
      ['hello', 415],
    ] as const) {
      expect((await post(app, '/v1/assets', body)).status).toBe(status);
    }
  });

  it.each([
    ['900 megapixels', 30_000, 30_000, /900 megapixels; at most 16\.8/],
    ['a side of 65,536 pixels', 65_536, 2, /65536×2; at most 65535 pixels a side/],
  ])('refuses a header that declares %s before it decodes any', async (_, width, height, message) => {
    const bomb = new Uint8Array(await png(8, 8));
    const view = new DataView(bomb.buffer);
    view.setUint32(16, width);
    view.setUint32(20, height);
    view.setUint32(29, crc32(bomb.subarray(12, 29)));
    const response = await post(app, '/v1/assets', new Blob([bomb]));
    expect(response.status).toBe(413);
    expect(failure.parse(await response.json()).error.message).toMatch(message);
  });

  it('answers unknown ids and routes as not found, in the one form', async () => {
    for (const url of ['/v1/generations/nope', '/v1/generations/nope/events', '/v1/assets/..%2f..%2fx', '/nope']) {
      const response = await get(url);
      expect(response.status).toBe(404);
      failure.parse(await response.json());
    }
  });

  it('lives on after all of that', async () => {
    expect((await get('/readyz')).status).toBe(200);
    expect(await (await get('/metrics')).text()).toMatch(/toile_errors_total\{code="unsupported_media"\} \d/);
  });
});

describe('a full or closing server', () => {
  it('answers 429 with Retry-After to a job too many', async () => {
    const { app: full } = await make({ limit: 1, works: false });
    await post(full, '/v1/generations', '{}');
    const response = await post(full, '/v1/generations', '{}');
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('is not ready once it closes', async () => {
    const { app: closing } = await make({ parts: { closing: () => true } });
    expect((await closing.request('/readyz', { headers: local })).status).toBe(503);
  });
});

describe('a request', () => {
  it('goes with its job to whoever works it off, by the id that its answer tells', async () => {
    const { app: unworked, queue } = await make({ works: false });
    const given = await post(unworked, '/v1/generations', '{}', { 'x-request-id': 'studio-7' });
    const drawn = await post(unworked, '/v1/generations', '{}', { 'x-request-id': 'no id: spaces' });
    const seen: unknown[] = [];
    await queue.work(async ({ requestId }) => void seen.push(requestId));
    await expect.poll(() => seen).toEqual(['studio-7', drawn.headers.get('x-request-id')]);
    expect(given.headers.get('x-request-id')).toBe('studio-7');
    expect(drawn.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
  });
});

it('a job that a newer version wrote down is told of as that, and when to ask again', async () => {
  const store = createMemoryStore();
  const queue = createMemoryQueue({ store, defaults: { passes: 10, candidates: 1 } });
  const { app: older } = await make({ works: false, parts: { queue } });
  const { id } = jobView.parse(await (await post(older, '/v1/generations', '{}')).json());
  const record = JSON.parse(String(Buffer.from((await store.get(`jobs/${id}.json`))!)));
  record.view.state = 'wonderful';
  await store.put(`jobs/${id}.json`, Buffer.from(JSON.stringify({ ...record, version: '99.0.0' })));
  const restarted = createMemoryQueue({ store, defaults: { passes: 10, candidates: 1 } });
  const { app: asked } = await make({ works: false, parts: { queue: restarted } });
  for (const route of [`/v1/generations/${id}`, `/v1/generations/${id}/events`]) {
    const response = await asked.request(route, { headers: local });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    const { code, message } = failure.parse(await response.json()).error;
    expect(code).toBe('newer_job');
    expect(message).toMatch(/written by Toile 99\.0\.0, and this is \d+\.\d+\.\d+; upgrade it/);
  }
});

describe('what an operator reads in the log', () => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const away = () => {
    const cause = new Error('connect ECONNREFUSED');
    return Promise.reject(new ToileError('store_unreachable', 'the bucket is away', { cause }));
  };
  beforeEach(() => void lines.splice(0));

  it("is why a request failed, with the cause that its answer doesn't tell", async () => {
    const { app: broken } = await make({ parts: { log, assets: { put: away, get: away } } });
    const response = await broken.request(`/v1/assets/${'0'.repeat(32)}`, { headers: local });
    expect(response.status).toBe(503);
    expect(await response.text()).not.toMatch(/ECONNREFUSED/);
    expect(lines).toEqual([expect.stringMatching(/"requestId":.*the bucket is away.*ECONNREFUSED.*request failed/)]);
  });

  it('tells who asks for the head of the events what they are, and follows nothing', async () => {
    const { app: sound, queue } = await make({ works: false });
    const job = jobView.parse(await (await post(sound, '/v1/generations', '{}')).json());
    let followed = 0;
    const counting = {
      ...queue,
      async *follow(): AsyncGenerator<never> {
        followed++;
      },
    };
    const { app: counted } = await make({ parts: { log, queue: counting } });
    const asked = { method: 'HEAD', headers: local };
    const response = await counted.request(`/v1/generations/${job.id}/events`, asked);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect((await counted.request('/v1/generations/nope/events', asked)).status).toBe(404);
    expect(followed).toBe(0);
  });

  it('is why events broke off, which their reader only sees end', async () => {
    const { app: sound, queue } = await make({ works: false });
    const job = jobView.parse(await (await post(sound, '/v1/generations', '{}')).json());
    const breaking = {
      ...queue,
      async *follow(): AsyncGenerator<never> {
        await away();
      },
    };
    const { app: broken } = await make({ parts: { log, queue: breaking } });
    const headers = { ...local, 'x-request-id': 'studio-7' };
    const response = await broken.request(`/v1/generations/${job.id}/events`, { headers });
    expect(await response.text()).toBe('');
    const line = /"requestId":"studio-7".*the bucket is away.*ECONNREFUSED.*the events broke off/;
    expect(lines).toEqual([expect.stringMatching(line)]);
  });

  it("is nothing of the caller's own faults", async () => {
    const { app: sound } = await make({ parts: { log } });
    expect((await sound.request(`/v1/assets/${'0'.repeat(32)}`, { headers: local })).status).toBe(404);
    expect(lines).toEqual([]);
  });

  it('is why the engine is not ready', async () => {
    const ready = () => Promise.reject(new ToileError('broken_bundle', 'its weights are cut short'));
    const { app: broken } = await make({ parts: { log, engine: { ready } } });
    const response = await broken.request('/readyz', { headers: local });
    expect(await response.json()).toEqual({ engine: false, store: true, queue: true });
    expect(lines).toEqual([expect.stringMatching(/its weights are cut short.*the engine is not ready/)]);
  });
});

describe('who may ask', () => {
  it('lets the own page and local programs in, and no page from elsewhere', async () => {
    const status = async (headers: Record<string, string>) => (await app.request('/v1/models', { headers })).status;
    expect(await status(local)).toBe(200);
    expect(await status({ ...local, origin: 'http://localhost:8787' })).toBe(200);
    expect(await status({ ...local, origin: 'https://evil.example' })).toBe(403);
    expect(await status({ host: 'evil.example' })).toBe(403);
    expect(await status({ ...local, origin: 'null' })).toBe(403);
    expect(await status({ ...local, origin: 'null', authorization: 'Bearer token' })).toBe(200);
    expect(await status({ ...local, origin: 'null', authorization: 'Bearer other' })).toBe(403);
  });

  it('asks for a key where there are keys, and says so in the way of HTTP', async () => {
    const { app: keyed, keys } = await make({ keys: [{ name: 'one' }, { name: 'two' }] });
    const ask = (key?: string) =>
      keyed.request('/v1/models', { headers: key ? { authorization: `Bearer ${key}` } : {} });
    for (const key of [undefined, 'three', 'token', '']) {
      const response = await ask(key);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
    for (const key of keys) expect((await ask(key)).status).toBe(200);
  });

  it('answers a preflight of the null origin, and lets the browser read the answer', async () => {
    const response = await app.request('/v1/generations', { method: 'OPTIONS', headers: { ...local, origin: 'null' } });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('null');
    expect(response.headers.get('access-control-allow-headers')).toMatch(/Authorization/);
  });
});

describe('the pages', () => {
  it('come under their own policy, and are not kept', async () => {
    const response = await get('/plugin/ui.html');
    expect(response.headers.get('content-security-policy')).toBe('connect-src http://localhost:8787');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe('the panel');
  });

  it('keep the token from names that lead here from elsewhere, and from pages of other origins and of none', async () => {
    expect(await (await get('/')).text()).toBe('the token');
    for (const headers of [
      { host: 'evil.example' },
      { ...local, origin: 'null' },
      { ...local, origin: 'https://evil.example' },
    ]) {
      const response = await app.request('/', { headers });
      expect(response.status).toBe(403);
      expect(await response.text()).not.toMatch(/the token/);
    }
  });

  it('come to every Host where callers have keys', async () => {
    const { app: keyed } = await make({ keys: [{ name: 'studio' }] });
    expect((await keyed.request('/', { headers: { host: 'toile.studio.example' } })).status).toBe(200);
  });
});

describe('what it says of itself', () => {
  it('tells its version and contract to whoever asks, a panel without a key too', async () => {
    const response = await get('/healthz', { origin: 'null' });
    expect(response.headers.get('access-control-allow-origin')).toBe('null');
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));
    expect(await response.json()).toEqual({ ok: true, name: 'toile', version, protocol: 2 });
  });

  it('describes every route in OpenAPI 3.1', async () => {
    const document = z
      .object({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) })
      .parse(await (await get('/openapi.json')).json());
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual([
      '/v1/assets',
      '/v1/assets/{id}',
      '/v1/generations',
      '/v1/generations/{id}',
      '/v1/generations/{id}/events',
      '/v1/models',
      '/healthz',
      '/readyz',
      '/metrics',
    ]);
  });

  it('describes what it says of itself with every field that it answers, and asks no key for life and readiness', async () => {
    const schema = z.object({ properties: z.record(z.string(), z.unknown()) });
    const described = z.object({
      security: z.array(z.unknown()).optional(),
      responses: z.looseObject({ 200: z.object({ content: z.object({ 'application/json': z.object({ schema }) }) }) }),
    });
    const { paths } = z
      .object({ paths: z.record(z.string(), z.object({ get: z.unknown() }).partial()) })
      .parse(await (await get('/openapi.json')).json());
    for (const route of ['/v1/models', '/healthz', '/readyz']) {
      const { security, responses } = described.parse(paths[route]?.get);
      const { properties } = responses[200].content['application/json'].schema;
      const answer = z.record(z.string(), z.unknown()).parse(await (await get(route)).json());
      expect(Object.keys(properties)).toEqual(Object.keys(answer));
      expect(security).toEqual(route === '/v1/models' ? undefined : []);
    }
    expect(JSON.stringify(paths['/v1/models'])).toMatch(/"problem":.*"candidates":/);
  });

  it('lists its bundles, with what each takes where a request leaves it open, and the device', async () => {
    const { passes, guidance, temperature, candidates } = (await loadBundle(fixtures, 'tiny-bundle')).model.smart;
    expect(await (await get('/v1/models')).json()).toMatchObject({
      models: [{ name: 'tiny-bundle', loaded: true, defaults: { passes, guidance, temperature, candidates } }],
    });
  });

  it('says that no worker is up, where one of several machines knows it, and takes jobs in for the next', async () => {
    let there = false;
    const { app: api } = await make({
      parts: { engine: { ready: engine.ready, up: async () => there } },
      works: false,
    });
    const models = async () => (await api.request('/v1/models', { headers: local })).json();
    const ready = () => api.request('/readyz', { headers: local });
    const problem = 'no worker is up; npm run start:worker starts one';
    expect(await models()).toMatchObject({ models: [{ name: 'tiny-bundle', loaded: false, problem }], device: 'cpu' });
    expect((await ready()).status).toBe(503);
    expect(await (await ready()).json()).toEqual({ engine: false, store: true, queue: true });
    expect((await post(api, '/v1/generations', JSON.stringify({ bundle: 'tiny-bundle' }))).status).toBe(202);
    there = true;
    expect(await models()).toMatchObject({ models: [{ loaded: true }] });
    expect((await ready()).status).toBe(200);
  });
});

/** As PNG chunks carry it. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
