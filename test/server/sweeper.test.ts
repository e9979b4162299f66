import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { resolvedRequest, type JobState } from '../../shared/index.js';
import { createMetrics } from '../../server/metrics.js';
import { createJob, packJob, placeOf } from '../../server/queue/memory-jobs.js';
import { assetKey, createAssets } from '../../server/store/assets.js';
import type { Store } from '../../server/store/store.js';
import { startSweeper, sweep } from '../../server/sweeper.js';
import { listKeys } from '../contract/store-contract.js';
import { createMemoryStore } from '../support/memory-store.js';

const DAY_MS = 24 * 3600 * 1000;
const HOUR_MS = 3600 * 1000;

/** A store at a time that the test moves. */
function open() {
  const clock = { at: Date.UTC(2030, 0, 1) };
  const now = () => clock.at;
  const store = createMemoryStore(now);
  return { clock, now, store, assets: createAssets(store, { now }) };
}

async function putJob(store: Store, state: JobState, base?: string): Promise<string> {
  const resolved = resolvedRequest.parse({ seed: 1, ...(base === undefined ? {} : { base: { asset: base } }) });
  const clocks = { now: Date.now, elapsed: () => 0 };
  const job = createJob({ tenant: 'a', request: { given: resolved, resolved } }, 'digest', clocks);
  job.view.state = state;
  await store.put(placeOf(job.view.id), packJob(job));
  return placeOf(job.view.id);
}

const picture = (text: string) => new TextEncoder().encode(text);

async function sweepOnce(store: Store, now: () => number): Promise<string[]> {
  const deleted: string[] = [];
  const { signal } = new AbortController();
  await sweep({ store, keepDays: 30, now, signal, onDeleted: (kind) => deleted.push(kind) });
  return deleted;
}

describe('a sweep', () => {
  it('deletes assets and ended jobs that are older than they are kept, and no younger ones', async () => {
    const { clock, now, store, assets } = open();
    await assets.put('a', picture('old'));
    for (const state of ['done', 'failed', 'cancelled'] as const) await putJob(store, state);
    clock.at += 30 * DAY_MS;
    const young = [assetKey('b', await assets.put('b', picture('young'))), await putJob(store, 'done')];
    expect(await sweepOnce(store, now)).toEqual([]);
    clock.at += 2 * DAY_MS;
    expect(await sweepOnce(store, now)).toEqual(['job', 'job', 'job', 'asset']);
    expect(await listKeys(store, '')).toEqual(young.sort());
  });

  it('leaves an asset for as long after its last use, though it was not made young again on that day', async () => {
    const { clock, now, store, assets } = open();
    const id = await assets.put('a', picture('old'));
    clock.at += 0.9 * DAY_MS;
    await assets.get('a', id);
    clock.at += 29.9 * DAY_MS;
    expect(await sweepOnce(store, now)).toEqual([]);
  });

  it('leaves assets to a job that waits for a little less long than they lie there', async () => {
    const { clock, now, store, assets } = open();
    const base = await assets.put('a', picture('used'));
    clock.at += 0.9 * DAY_MS;
    await putJob(store, 'queued', base);
    clock.at += 30.5 * DAY_MS;
    expect(await sweepOnce(store, now)).toEqual([]);
    expect(await listKeys(store, 'assets/')).toHaveLength(1);
  });

  it('deletes no key, whatever its age', async () => {
    const { clock, now, store } = open();
    for (const key of ['keys/a.json', 'keys/assets/b.json', 'keys/jobs/c.json']) await store.put(key, picture('{}'));
    clock.at += 3650 * DAY_MS;
    expect(await sweepOnce(store, now)).toEqual([]);
    expect(await listKeys(store, '')).toHaveLength(3);
  });

  it('leaves a job that waits or runs, and its assets, however long the server was off', async () => {
    const { clock, now, store, assets } = open();
    const base = await assets.put('a', picture('base'));
    const unused = await assets.put('a', picture('unused'));
    const jobs = [await putJob(store, 'queued', base), await putJob(store, 'running')];
    clock.at += 100 * DAY_MS;
    expect(await sweepOnce(store, now)).toEqual(['asset']);
    expect(await listKeys(store, '')).toEqual([assetKey('a', base), ...jobs.sort()]);
    expect(await store.get(assetKey('a', unused))).toBeUndefined();
  });

  it('leaves an asset that was used again, by whichever process', async () => {
    const { clock, now, store, assets } = open();
    const id = await assets.put('a', picture('old'));
    clock.at += 29 * DAY_MS;
    await createAssets(store, { now }).get('a', id);
    clock.at += 30 * DAY_MS;
    expect(await sweepOnce(store, now)).toEqual([]);
    clock.at += 2 * DAY_MS;
    expect(await sweepOnce(store, now)).toEqual(['asset']);
  });

  it('leaves an asset that is used while it sweeps', async () => {
    const { clock, now, store, assets } = open();
    const ids = [await assets.put('a', picture('one')), await assets.put('a', picture('two'))].sort();
    clock.at += 32 * DAY_MS;
    const busy: Store = {
      ...store,
      async delete(key) {
        await store.delete(key);
        await createAssets(store, { now }).get('a', ids[1]!);
      },
    };
    expect(await sweepOnce(busy, now)).toEqual(['asset']);
    expect(await listKeys(store, '')).toEqual([assetKey('a', ids[1]!)]);
  });

  it('deletes the record of a job that nobody can read any more', async () => {
    const { clock, now, store } = open();
    await store.put('jobs/a.json', picture('{ half'));
    await store.put('jobs/b.json', picture('{}'));
    clock.at += 32 * DAY_MS;
    expect(await sweepOnce(store, now)).toEqual(['job', 'job']);
  });
});

describe('the sweeper', () => {
  /** Runs until it has waited so often, and says how long it would have. */
  async function run(store: Store, { times = 3, keepDays = 30, random = 0.5, now = Date.now } = {}) {
    const waits: number[] = [];
    const lines: string[] = [];
    let finish = () => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const metrics = createMetrics();
    const sweeper = startSweeper({
      store,
      keepDays,
      metrics,
      log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
      now,
      random: () => random,
      wait: (ms, signal) => {
        waits.push(ms);
        if (waits.length < times) return Promise.resolve();
        finish();
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      },
    });
    if (keepDays > 0) await finished;
    await sweeper.stop();
    const logged = lines.map((line) => JSON.parse(line));
    return { waits, logged, figures: await metrics.registry.getSingleMetricAsString('toile_swept_total') };
  }

  it('sweeps within a minute of the start and then about hourly, no two servers at the same time', async () => {
    const early = await run(createMemoryStore(), { random: 0 });
    const late = await run(createMemoryStore(), { random: 0.999 });
    expect(early.waits).toEqual([30_000, 0.9 * HOUR_MS, 0.9 * HOUR_MS]);
    for (const [at, ms] of [60_000, 1.1 * HOUR_MS, 1.1 * HOUR_MS].entries()) expect(late.waits[at]).toBeCloseTo(ms, -4);
  });

  it('logs and counts what it deleted', async () => {
    const { clock, now, store, assets } = open();
    await assets.put('a', picture('old'));
    await putJob(store, 'done');
    clock.at += 32 * DAY_MS;
    const { logged, figures } = await run(store, { times: 2, now });
    expect(logged).toEqual([expect.objectContaining({ level: 30, assets: 1, jobs: 1, keepDays: 30 })]);
    expect(figures).toContain('toile_swept_total{kind="asset"} 1');
    expect(figures).toContain('toile_swept_total{kind="job"} 1');
  });

  it('goes on after a store that was away, and counts what it had deleted by then', async () => {
    const { clock, now, store, assets } = open();
    await putJob(store, 'done');
    await assets.put('a', picture('old'));
    clock.at += 32 * DAY_MS;
    let away = true;
    const failing: Store = {
      ...store,
      list(prefix) {
        if (prefix !== 'assets/' || !away) return store.list(prefix);
        away = false;
        return Promise.reject(new Error('away'));
      },
    };
    const { logged, figures } = await run(failing, { now });
    expect(logged.map(({ level, jobs, assets }) => ({ level, jobs, assets }))).toEqual([
      { level: 40, jobs: 1, assets: 0 },
      { level: 30, jobs: 0, assets: 1 },
    ]);
    expect(figures).toContain('toile_swept_total{kind="job"} 1');
  });

  it('does nothing where everything is kept for ever', async () => {
    const { clock, now, store, assets } = open();
    await assets.put('a', picture('old'));
    clock.at += 10_000 * DAY_MS;
    expect((await run(store, { keepDays: 0, now })).waits).toEqual([]);
    expect(await listKeys(store, '')).toHaveLength(1);
  });

  it.each(['jobs/', 'assets/'])('deletes nothing that a list of %s shows after it was stopped', async (slow) => {
    const { clock, now, store, assets } = open();
    await assets.put('a', picture('old'));
    await putJob(store, 'done');
    clock.at += 32 * DAY_MS;
    const control = new AbortController();
    const asked: string[] = [];
    const stopping: Store = {
      ...store,
      async list(prefix) {
        asked.push(prefix);
        if (prefix === slow) control.abort();
        return store.list(prefix);
      },
      get: (key) => (asked.push(key), store.get(key)),
    };
    const deleted: string[] = [];
    await sweep({
      ...{ store: stopping, keepDays: 30, now, signal: control.signal },
      onDeleted: (kind) => deleted.push(kind),
    });
    expect(deleted).toEqual(slow === 'jobs/' ? [] : ['job']);
    expect(asked.at(-1)).toBe(slow);
  });

  it('is stopped in a second or so, though a list takes for ever', async () => {
    let begun = () => {};
    const listing = new Promise<void>((resolve) => (begun = resolve));
    const hanging: Store = {
      ...createMemoryStore(),
      list() {
        begun();
        return new Promise(() => undefined);
      },
    };
    const sweeper = startSweeper({
      ...{ store: hanging, keepDays: 30, metrics: createMetrics(), log: pino({ level: 'silent' }) },
      wait: () => Promise.resolve(),
    });
    await listing;
    const startedAt = performance.now();
    await sweeper.stop();
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
});
