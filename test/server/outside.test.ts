import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { makeApp } from '../support/make-app.js';
import { createPlainEngine } from '../support/plain-engine.js';

it('asks no address that a caller names', async () => {
  let asked = 0;
  const bystander = createServer((_, response) => {
    asked++;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(bystander, 'listening');
  const address = bystander.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : ''}/picture.png`;
  const { app } = await makeApp({ engine: createPlainEngine() });
  const post = (route: string, body: string, more: Record<string, string> = {}) =>
    app.request(route, { method: 'POST', body, headers: { host: 'localhost', ...more } });

  const requests = [
    { base: { asset: url } },
    { references: [{ asset: url }] },
    { mix: { assets: [url, 'file:///etc/passwd'], steps: 2 } },
    { prompt: 'jeans', webhook: url },
  ];
  for (const request of requests) expect((await post('/v1/generations', JSON.stringify(request))).status).toBe(400);
  expect((await post('/v1/assets', url, { 'content-location': url })).status).toBe(415);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg"><image href="${url}" width="9" height="9"/></svg>`;
  expect((await post('/v1/assets', svg)).status).toBe(415);
  // a prompt may say anything
  expect((await post('/v1/generations', JSON.stringify({ prompt: url }))).status).toBe(202);
  bystander.close();
  expect(asked).toBe(0);
});
