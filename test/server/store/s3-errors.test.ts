import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createS3Store } from '../../../server/store/s3-store.js';

/** Servers that misbehave as S3's own never would on demand. */
describe('a store in S3', () => {
  const servers: Server[] = [];

  beforeEach(() => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'any');
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    for (const server of servers.splice(0)) server.close();
  });

  async function open(server: Server, onError?: (error: unknown) => void) {
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const endpoint = `http://127.0.0.1:${port}`;
    return createS3Store({ bucket: 'my-bucket', prefix: 'p', endpoint, ...(onError ? { onError } : {}) });
  }

  const openHttp = (listener: RequestListener) => open(createHttpServer(listener));

  it('fetches anew what was cut off halfway', async () => {
    let asked = 0;
    const store = await openHttp((_, response) => {
      response.writeHead(200, { 'Content-Length': 10 });
      response.write('01234');
      if (asked++ === 0) setTimeout(() => response.destroy(), 20);
      else response.end('56789');
    });
    expect(Buffer.from((await store.get('jobs/a.json'))!).toString()).toBe('0123456789');
    expect(asked).toBe(2);
  });

  it('waits for a busy server, with any text in its refusal', async () => {
    let asked = 0;
    const store = await openHttp((request, response) => {
      request.resume();
      response.writeHead(asked++ < 4 ? 503 : 200).end(asked <= 4 ? 'busy' : '');
    });
    await store.put('jobs/a.json', new Uint8Array(3));
    expect(asked).toBe(5);
  });

  it('gives up on one that stays busy, and says what it answers', async () => {
    const store = await openHttp((_, response) => response.writeHead(503).end('busy'));
    const since = performance.now();
    const busy = { code: 'store_unreachable', message: expect.stringMatching(/answers 503/) };
    await expect(store.list('')).rejects.toMatchObject(busy);
    expect(performance.now() - since).toBeLessThan(30_000);
  });

  it('doubts the endpoint where something else answers', async () => {
    const store = await openHttp((_, response) => response.end('<html>welcome'));
    await expect(store.list('')).rejects.toThrow(/TOILE_S3_ENDPOINT/);
  });

  it('is not reachable, soon, where a server listens and says nothing', async () => {
    const store = await open(createServer((socket) => socket.unref()));
    const since = performance.now();
    expect(await store.reachable()).toBe(false);
    expect(performance.now() - since).toBeLessThan(7000);
  });

  it('gives up in seconds on a server that listens and says nothing, whatever it was asked', async () => {
    const store = await open(createServer((socket) => socket.unref()));
    const since = performance.now();
    const late = { code: 'store_unreachable', message: expect.stringMatching(/in time/) };
    const tries = [
      store.get('jobs/a.json'),
      store.put('jobs/a.json', new Uint8Array(100_000)),
      store.delete('jobs/a.json'),
      store.list('jobs/'),
    ];
    await Promise.all(tries.map((work) => expect(work).rejects.toMatchObject(late)));
    expect(performance.now() - since).toBeLessThan(40_000);
  });

  it('tells whoever runs it why it is not reachable', async () => {
    const told = vi.fn();
    const server = createHttpServer((request, response) => {
      request.resume();
      response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    });
    expect(await (await open(server, told)).reachable()).toBe(false);
    expect(told).toHaveBeenCalledWith(
      expect.objectContaining({ message: expect.stringMatching(/may not read, write, delete and list/) }),
    );
  });

  it('says that credentials are missing', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
    // nor any of this machine's
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/nowhere');
    const store = await openHttp((_, response) => response.end());
    await expect(store.get('jobs/a.json')).rejects.toThrow(/AWS_ACCESS_KEY_ID/);
  });
});
