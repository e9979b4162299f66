import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createS3Store } from '../../../server/store/s3-store.js';
import { describeStore, listKeys } from '../../contract/store-contract.js';
import { describeNeeding } from '../../support/needs.js';
import { anS3Server, createBucket, S3_PAGE, startS3Server, type S3Server } from '../../support/s3-server.js';

const bucket = 'toile-tests';
let server: S3Server;

/** A store of its own: a prefix that no other test has. */
const open = async (prefix: string = randomUUID()) => createS3Store({ bucket, prefix, endpoint: server.endpoint });

const bytes = (text: string) => new TextEncoder().encode(text);

describeNeeding(anS3Server, 'S3', () => {
  beforeAll(async () => {
    server = await startS3Server();
    await createBucket(server, bucket);
  }, 90_000);

  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', server.accessKey);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', server.secretKey);
  });

  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => server?.close());

  describeStore('a bucket of S3', open);
  describeStore('the top of a bucket of S3', async () => {
    // the suite's tests share names, so that each gets a bucket
    const own = `toile-${randomUUID()}`;
    await createBucket(server, own);
    return createS3Store({ bucket: own, prefix: '', endpoint: server.endpoint });
  });

  it.each(['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'])('is refused for a wrong %s', async (name) => {
    vi.stubEnv(name, 'toile:nobody');
    const store = await open();
    const refusal = { code: 'store_unreachable', message: expect.stringContaining(name) };
    await expect(store.put('jobs/a.json', bytes('x'))).rejects.toMatchObject(refusal);
    await expect(store.get('jobs/a.json')).rejects.toMatchObject(refusal);
    await expect(store.list('')).rejects.toMatchObject(refusal);
    expect(await store.reachable()).toBe(false);
  });

  it('names a bucket that is missing', async () => {
    const store = createS3Store({ bucket: 'toile-none', prefix: 'p', endpoint: server.endpoint });
    const missing = { code: 'store_unreachable', message: expect.stringMatching(/'toile-none'.*no such bucket/) };
    await expect(store.put('jobs/a.json', bytes('x'))).rejects.toMatchObject(missing);
    await expect(store.get('jobs/a.json')).rejects.toMatchObject(missing);
    await expect(store.list('')).rejects.toMatchObject(missing);
    expect(await store.reachable()).toBe(false);
  });

  it('sees nothing outside its prefix, even of a name that begins alike', async () => {
    const prefix = randomUUID();
    const [mine, longer, inner] = await Promise.all([open(prefix), open(`${prefix}-2`), open(`${prefix}/inner`)]);
    await Promise.all([mine, longer, inner].map((store, at) => store.put('jobs/a.json', bytes(String(at)))));
    expect(await mine.reachable()).toBe(true);
    expect(await listKeys(mine, '')).toEqual(['inner/jobs/a.json', 'jobs/a.json']);
    expect(await listKeys(longer, '')).toEqual(['jobs/a.json']);
    expect(await mine.list('../')).toEqual([]);
    expect(Buffer.from((await mine.get('jobs/a.json'))!).toString()).toBe('0');
    expect(Buffer.from((await longer.get('jobs/a.json'))!).toString()).toBe('1');
  });

  it('keeps a large picture to the byte', async () => {
    const store = await open();
    const picture = randomBytes(16 * 1024 * 1024);
    await store.put('assets/t/large.bin', picture);
    expect(picture.equals((await store.get('assets/t/large.bin'))!)).toBe(true);
  });

  it('takes fifty pictures at once and lists them all, over several pages', async () => {
    const store = await open();
    const keys = Array.from({ length: 50 }, (_, at) => `assets/t/${String(at).padStart(2, '0')}.bin`);
    expect(keys.length).toBeGreaterThan(2 * S3_PAGE);
    await Promise.all(keys.map((key) => store.put(key, bytes(key))));
    expect(await listKeys(store, 'assets/')).toEqual(keys);
    const read = await Promise.all(keys.map((key) => store.get(key)));
    expect(read.map((text) => Buffer.from(text!).toString())).toEqual(keys);
  });

  it('deletes nothing outside its prefix', async () => {
    const prefix = randomUUID();
    const [mine, longer] = await Promise.all([open(prefix), open(`${prefix}-2`)]);
    await Promise.all([mine, longer].map((store) => store.put('jobs/a.json', bytes('kept'))));
    await mine.delete('jobs/a.json');
    expect(await listKeys(mine, '')).toEqual([]);
    expect(await listKeys(longer, '')).toEqual(['jobs/a.json']);
  });

  it('says soon that its server is gone, and goes on where it was when it is back', async () => {
    const store = await open();
    await store.put('jobs/a.json', bytes('before'));
    await server.stop();
    const gone = { code: 'store_unreachable', message: expect.stringMatching(/ECONNREFUSED/) };
    const since = performance.now();
    const tries = [store.put('jobs/b.json', bytes('during')), store.get('jobs/a.json'), store.list('')];
    await Promise.all(tries.map((work) => expect(work).rejects.toMatchObject(gone)));
    expect(await store.reachable()).toBe(false);
    expect(performance.now() - since).toBeLessThan(30_000);
    await delay(1000);
    await server.start();
    await vi.waitFor(async () => expect(await store.reachable()).toBe(true), { timeout: 60_000, interval: 200 });
    expect(Buffer.from((await store.get('jobs/a.json'))!).toString()).toBe('before');
    await store.put('jobs/b.json', bytes('after'));
    expect(await listKeys(store, '')).toEqual(['jobs/a.json', 'jobs/b.json']);
  });
});
