/** No tenant can tell that another one has something: what is somebody else's is answered as what isn't there. */
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jobView } from '../../shared/index.js';
import { makeApp, type App } from '../support/make-app.js';
import { createPlainEngine } from '../support/plain-engine.js';

let app: App;
/** Two tenants, and a second key of the first. */
let [mine, theirs, mineToo]: string[] = [];
/** A picture of the second tenant. */
let own = '';
/** What the first tenant has: a picture, a job that waits for ever, one that is done and what it made. */
const had = { asset: '', waiting: '', done: '', made: '' };
const nobodys = { asset: 'f'.repeat(32), job: '00000000-0000-4000-8000-000000000000' };

const ask = (key: string | undefined, method: string, url: string, body?: BodyInit) =>
  app.request(url, { method, headers: { authorization: `Bearer ${key}` }, ...(body === undefined ? {} : { body }) });
const submit = async (request: object) =>
  jobView.parse(await (await ask(mine, 'POST', '/v1/generations', JSON.stringify(request))).json());

async function keep(key: string | undefined): Promise<string> {
  const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).png();
  const kept = await ask(key, 'POST', '/v1/assets', new Blob([new Uint8Array(await picture.toBuffer())]));
  return z.object({ id: z.string() }).parse(await kept.json()).id;
}

beforeAll(async () => {
  let waits = false;
  const engine = createPlainEngine(async () => {
    if (waits) await new Promise(() => undefined);
  });
  const keys = [{ name: 'mine' }, { name: 'theirs' }, { name: 'mine-too', tenant: 'mine' }];
  const made = await makeApp({ engine, keys });
  app = made.app;
  [mine, theirs, mineToo] = made.keys;
  had.asset = await keep(mine);
  own = await keep(theirs);
  had.done = (await submit({})).id;
  await (await ask(mine, 'GET', `/v1/generations/${had.done}/events`)).text();
  const done = jobView.parse(await (await ask(mine, 'GET', `/v1/generations/${had.done}`)).json());
  had.made = done.variants[0]!.asset;
  waits = true;
  had.waiting = (await submit({})).id;
});

/** All that an answer tells, with the id that was asked for left out. */
async function tell(response: Response, id: string) {
  const headers = [...response.headers].filter(([name]) => name !== 'x-request-id');
  return { status: response.status, headers, body: (await response.text()).replaceAll(id, 'ID') };
}

const jobRoutes = [
  ['GET', (id: string) => `/v1/generations/${id}`],
  ['GET', (id: string) => `/v1/generations/${id}/events`],
  ['DELETE', (id: string) => `/v1/generations/${id}`],
] as const;

/** @param own a picture of whoever asks */
const requests: [string, (asset: string, own: string) => object][] = [
  ['a base', (asset) => ({ base: { asset } })],
  ['a mask', (mask, asset) => ({ base: { asset, mask } })],
  ['a locked mask', (lock, asset) => ({ base: { asset, lock } })],
  ['details of an edit', (tokensFrom, asset) => ({ base: { asset, tokensFrom } })],
  ['a reference', (asset) => ({ references: [{ asset }] })],
  ['one of two to mix', (asset, own) => ({ mix: { assets: [own, asset], steps: 2 } })],
  ['a picture to vary', (asset) => ({ vary: { asset } })],
];

describe("another tenant's", () => {
  it.each(jobRoutes)('job is to %s %s as one that is not there', async (method, url) => {
    for (const id of [had.waiting, had.done]) {
      const answer = await tell(await ask(theirs, method, url(id)), id);
      expect(answer).toEqual(await tell(await ask(theirs, method, url(nobodys.job)), nobodys.job));
      expect(answer).toMatchObject({ status: 404, body: expect.stringMatching(/unknown_job/) });
    }
    expect(await (await ask(mine, 'GET', `/v1/generations/${had.waiting}`)).json()).toMatchObject({ state: 'running' });
  });

  it('picture is as one that is not there, whether it was sent or made', async () => {
    for (const id of [had.asset, had.made]) {
      const answer = await tell(await ask(theirs, 'GET', `/v1/assets/${id}`), id);
      expect(answer).toEqual(await tell(await ask(theirs, 'GET', `/v1/assets/${nobodys.asset}`), nobodys.asset));
      expect(answer).toMatchObject({ status: 404, body: expect.stringMatching(/unknown_asset/) });
    }
  });

  it.each(requests)('picture as %s is as one that is not there', async (_, request) => {
    for (const id of [had.asset, had.made]) {
      const send = async (asset: string) =>
        tell(await ask(theirs, 'POST', '/v1/generations', JSON.stringify(request(asset, own))), asset);
      const answer = await send(id);
      expect(answer).toEqual(await send(nobodys.asset));
      expect(answer).toMatchObject({ status: 404, body: expect.stringMatching(/unknown_asset/) });
    }
  });

  it('Idempotency-Key means nothing', async () => {
    const send = (key: string | undefined, prompt: string) =>
      app.request('/v1/generations', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'idempotency-key': 'same' },
        body: JSON.stringify({ prompt }),
      });
    const first = jobView.parse(await (await send(mine, 'a')).json());
    const other = await send(theirs, 'b');
    expect(other.status).toBe(202);
    expect(jobView.parse(await other.json()).id).not.toBe(first.id);
  });

  it('pixels, sent again, have another id', () => {
    expect(own).not.toBe(had.asset);
  });
});

it('keys of one tenant see the same', async () => {
  expect((await ask(mineToo, 'GET', `/v1/assets/${had.asset}`)).status).toBe(200);
  expect((await ask(mineToo, 'GET', `/v1/generations/${had.done}`)).status).toBe(200);
});
