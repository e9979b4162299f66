/** A real S3 server that goes away under jobs. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { resolvedRequest } from '../../../shared/index.js';
import type { Engine, EngineJob } from '../../../server/engine/engine.js';
import { createMetrics } from '../../../server/metrics.js';
import type { Report } from '../../../server/queue/queue.js';
import { createAssets, type Assets } from '../../../server/store/assets.js';
import { createS3Store } from '../../../server/store/s3-store.js';
import { createWorker } from '../../../server/worker.js';
import { describeNeeding } from '../../support/needs.js';
import { anS3Server, createBucket, startS3Server, type S3Server } from '../../support/s3-server.js';

const bucket = 'toile-outage';
/** And then it takes a while to come up. Far longer than the store's own patience with S3. */
const AWAY_MS = 12_000;

const unused = () => Promise.reject(new Error('not asked for'));
const info = {
  bundle: 'plain',
  bundles: [],
  device: 'cpu' as const,
  deviceReason: 'there is no other',
  threads: 1,
  maxBatch: 1,
  defaults: { passes: 1, candidates: 1 },
  loadMs: 0,
};
const timings = { encodeMs: 0, conditionMs: 0, passesMs: 1, decodeMs: 0, pixelsMs: 0, totalMs: 1 };
const made = { seed: 1, relevance: 0, fidelity: 0, passes: 1, width: 1, height: 1, x: 0, y: 0 };

/** What the engine says when it has a job, and waits for before it makes its picture. */
type Course = { begun?: () => void; may?: Promise<void> };

/** Makes one picture of what it is given. */
const engineThat = ({ begun, may }: Course): Engine => ({
  ready: async () => info,
  reconstruct: unused,
  close: unused,
  async generate({ request, images }: EngineJob, { onProgress }) {
    begun?.();
    await may;
    const given = images[request.base?.asset ?? ''];
    const variant = { png: Buffer.concat([Buffer.from('made of '), given ?? Buffer.of()]), ...made };
    onProgress({ type: 'pass', variant: 0, pass: 1, passes: 1, batch: 1 });
    onProgress({ type: 'variant', index: 0, variant });
    return { variants: [variant], passes: 1, timings };
  },
});

async function run(assets: Assets, base: string, course: Course): Promise<Report[]> {
  const reports: Report[] = [];
  const engine = engineThat(course);
  const worker = createWorker({ engine, assets, metrics: createMetrics(), log: pino({ level: 'silent' }) });
  const job = {
    id: randomUUID(),
    tenant: 'a',
    queuedMs: 0,
    request: resolvedRequest.parse({ seed: 1, base: { asset: base } }),
  };
  await worker(job, { signal: new AbortController().signal, report: (report) => reports.push(report) });
  return reports;
}

describeNeeding(anS3Server, 'an outage of S3', () => {
  let server: S3Server;

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

  it('fails neither the job that is to read a picture nor the one that is to keep one', async () => {
    const assets = createAssets(createS3Store({ bucket, prefix: randomUUID(), endpoint: server.endpoint }));
    const base = await assets.put('a', Buffer.from('a base'));
    let finish = () => {};
    const may = new Promise<void>((resolve) => (finish = resolve));
    let keeping: Promise<Report[]> = Promise.resolve([]);
    // it has read its picture by then
    await new Promise<void>((begun) => (keeping = run(assets, base, { begun, may })));
    await server.stop();
    finish();
    const reading = run(assets, base, {});
    await delay(AWAY_MS);
    await expect(Promise.race([keeping, reading, delay(0)])).resolves.toBeUndefined();
    await server.start();
    for (const reports of await Promise.all([keeping, reading])) {
      expect(reports.map(({ event }) => event.type)).toEqual(['pass', 'variant', 'done']);
      const [, kept] = reports;
      const asset = kept?.event.type === 'variant' ? kept.event.asset : '';
      expect(Buffer.from(await assets.get('a', asset)).toString()).toBe('made of a base');
    }
  });
});
