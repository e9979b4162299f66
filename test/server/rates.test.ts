/** How much a caller may ask for at once and a minute, as the API tells it. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { jobView, type JobView } from '../../shared/index.js';
import { makeApp, type App } from '../support/make-app.js';
import { createPlainEngine } from '../support/plain-engine.js';

const post = (app: App, key: string | undefined, body: object = {}, headers: Record<string, string> = {}) =>
  app.request('/v1/generations', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(body),
  });

async function read(app: App, key: string | undefined, { id }: JobView): Promise<void> {
  await (await app.request(`/v1/generations/${id}/events`, { headers: { authorization: `Bearer ${key}` } })).text();
}

describe('a key with a quota', () => {
  it('is told how long until a place is free, from how long its jobs take', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    let gated = false;
    const engine = createPlainEngine(() => (gated ? gate : Promise.resolve()));
    const { app, keys } = await makeApp({ engine, keys: [{ name: 'studio', active: 2 }, { name: 'other' }] });
    const [key, other] = keys;
    // a job tells that it took a second, of one pass
    await read(app, key, jobView.parse(await (await post(app, key)).json()));
    gated = true;
    const jobs = [];
    for (const passes of [7, 9]) jobs.push(jobView.parse(await (await post(app, key, { passes })).json()));
    const refused = await post(app, key);
    expect(refused.status).toBe(429);
    // 7 passes, and as many turns of the other one
    expect(refused.headers.get('retry-after')).toBe('14');
    expect(await refused.json()).toEqual({
      error: {
        code: 'quota_exceeded',
        message: '2 of your generations wait or run already, at most 2 may',
        details: { active: 2, limit: 2 },
      },
    });
    expect((await post(app, other)).status).toBe(202);
    open();
    for (const job of jobs) await read(app, key, job);
    expect((await post(app, key)).status).toBe(202);
  });

  it('has room for fifty at once where it was made without', async () => {
    const engine = createPlainEngine(() => new Promise(() => undefined));
    const { app, keys } = await makeApp({ engine, keys: [{ name: 'studio' }] });
    for (let n = 0; n < 50; n++) expect((await post(app, keys[0])).status).toBe(202);
    const refused = await post(app, keys[0]);
    expect(await refused.json()).toMatchObject({ error: { code: 'quota_exceeded', details: { limit: 50 } } });
  });
});

describe('a key with a rate', () => {
  const engine = createPlainEngine();

  it('is told the seconds until the next, which its tenant shares', async () => {
    const keys = [{ name: 'a', tenant: 't', perMinute: 4 }, { name: 'b', tenant: 't', perMinute: 4 }, { name: 'c' }];
    const { app, keys: made } = await makeApp({ engine, keys });
    for (const n of [0, 1, 0, 1]) expect((await post(app, made[n])).status).toBe(202);
    const refused = await post(app, made[0]);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('15');
    expect(await refused.json()).toMatchObject({
      error: { code: 'rate_limited', message: 'at most 4 generations a minute are yours; the next in 15 s' },
    });
    for (let n = 0; n < 10; n++) expect((await post(app, made[2])).status).toBe(202);
  });

  it('may repeat a request as often as it likes', async () => {
    const { app, keys } = await makeApp({ engine, keys: [{ name: 'a', perMinute: 2 }] });
    const ids = new Set<string>();
    for (let n = 0; n < 5; n++) {
      const response = await post(app, keys[0], {}, { 'idempotency-key': 'k' });
      expect(response.status).toBe(202);
      ids.add(jobView.parse(await response.json()).id);
    }
    expect(ids.size).toBe(1);
    expect((await post(app, keys[0])).status).toBe(202);
    expect((await post(app, keys[0])).status).toBe(429);
  });

  it('has no picture read beyond it, nor two of one request at once', async () => {
    const picture = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    let [reading, most, reads] = [0, 0, 0];
    const get = async () => {
      most = Math.max(most, ++reading);
      reads++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      reading--;
      return picture;
    };
    const assets = { put: async () => '', get };
    const { app, keys } = await makeApp({
      ...{ engine, works: false, keys: [{ name: 'a', perMinute: 1 }] },
      parts: { assets },
    });
    const references = ['0', '1', '2'].map((digit) => ({ asset: digit.repeat(32) }));
    expect((await post(app, keys[0], { references })).status).toBe(202);
    expect([reads, most]).toEqual([3, 1]);
    expect((await post(app, keys[0], { references })).status).toBe(429);
    expect(reads).toBe(3);
  });

  it('loses nothing by requests that are refused for another reason', async () => {
    const { app, keys } = await makeApp({ engine, keys: [{ name: 'a', perMinute: 2 }] });
    await post(app, keys[0], { prompt: 'a' }, { 'idempotency-key': 'k' });
    for (let n = 0; n < 3; n++) {
      const conflict = await post(app, keys[0], { prompt: 'b' }, { 'idempotency-key': 'k' });
      expect(conflict.status).toBe(409);
      expect((await post(app, keys[0], { prompt: 7 })).status).toBe(400);
    }
    expect((await post(app, keys[0])).status).toBe(202);
    expect((await post(app, keys[0])).status).toBe(429);
  });
});

it('an open server knows no limit but that of its queue', async () => {
  const { app } = await makeApp({ engine: createPlainEngine(), works: false, limit: 60 });
  const send = () =>
    app.request('/v1/generations', { method: 'POST', headers: { host: 'localhost:8787' }, body: '{}' });
  for (let n = 0; n < 60; n++) expect((await send()).status).toBe(202);
  expect(await (await send()).json()).toMatchObject({ error: { code: 'queue_full' } });
});

it('OpenAPI tells of refusals and of when to come again', async () => {
  const { app } = await makeApp({ engine: createPlainEngine() });
  const text = await (await app.request('/openapi.json')).text();
  const { responses } = JSON.parse(text).paths['/v1/generations'].post;
  expect(responses['429'].description).toMatch(/queue_full.*quota_exceeded.*rate_limited/);
  expect(responses['429'].headers['Retry-After'].schema).toEqual({ type: 'integer' });
});
