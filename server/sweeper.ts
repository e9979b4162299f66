/** Deletes pictures and ended jobs that nobody has used for long. Callers' keys stay, whatever their age. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { listAssets } from '../shared/index.js';
import type { Metrics } from './metrics.js';
import { JOBS_PLACE, liveJob } from './queue/memory-jobs.js';
import { assetKey, REFRESH_MS } from './store/assets.js';
import type { Store, StoreEntry } from './store/store.js';

const DAY_MS = 24 * 3600 * 1000;
const HOUR_MS = 3600 * 1000;
/** Nothing is deleted after the signal, so a list that is still under way may be left alone. */
const STOP_MS = 1000;
/** A server that just started has more urgent things to do. */
const FIRST_MS = 30_000;

export type SweepOptions = {
  store: Store;
  keepDays: number;
  now: () => number;
  signal: AbortSignal;
  /** Hears of each, since a sweep may end halfway. */
  onDeleted: (kind: 'job' | 'asset') => void;
};

/** Goes over the store once. Assets of a job that still waits stay with it, however long the server was off. */
export async function sweep({ store, keepDays, now, signal, onDeleted }: SweepOptions): Promise<void> {
  const keepMs = keepDays * DAY_MS;
  const isOlder = ({ changedAt }: StoreEntry, ms: number) => now() - changedAt > ms;
  // a store's time may lie that long before an asset's last use
  const isOld = (entry: StoreEntry) => isOlder(entry, keepMs + REFRESH_MS);
  const needed = new Set<string>();

  // its assets may be older than a job by as much
  for (const entry of (await store.list(JOBS_PLACE)).filter((entry) => isOlder(entry, keepMs))) {
    if (signal.aborted) return;
    const assets = await readNeeds(entry.key);
    for (const asset of assets ?? []) needed.add(asset);
    if (!assets && isOld(entry) && (await deleteOld(entry.key))) onDeleted('job');
  }
  if (signal.aborted) return;
  for (const { key } of (await store.list('assets/')).filter(isOld)) {
    if (signal.aborted) return;
    if (!needed.has(key) && (await deleteOld(key))) onDeleted('asset');
  }

  /** Keys of the assets that a job still needs; undefined where there is no such job: one that can't be read can't be run. */
  async function readNeeds(key: string): Promise<string[] | undefined> {
    const bytes = await store.get(key);
    const job = liveJob.safeParse(bytes && readJson(bytes)).data;
    return job && listAssets(job.view.request).map((id) => assetKey(job.tenant, id));
  }

  async function deleteOld(key: string): Promise<boolean> {
    // it may have been used since the list was made, which takes minutes where there is much
    const [entry] = await store.list(key);
    if (!entry || !isOld(entry) || signal.aborted) return false;
    await store.delete(key);
    return true;
  }
}

export type SweeperOptions = {
  store: Store;
  /** Days since the last use; 0 keeps everything. */
  keepDays: number;
  metrics: Metrics;
  log: Logger;
  now?: () => number;
  /** 0-1; keeps servers that started together apart. */
  random?: () => number;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** Sweeps soon after the start and then every hour or so, until it is stopped. */
export function startSweeper(options: SweeperOptions): { stop(): Promise<void> } {
  const { store, keepDays, metrics, log, now = Date.now, random = Math.random, wait = waitUnheld } = options;
  const control = new AbortController();
  const { signal } = control;
  const done = keepDays > 0 ? run() : Promise.resolve();

  async function run(): Promise<void> {
    await wait(FIRST_MS * (1 + random()), signal);
    while (!signal.aborted) {
      await sweepOnce();
      await wait(HOUR_MS * (0.9 + 0.2 * random()), signal);
    }
  }

  async function sweepOnce(): Promise<void> {
    const since = performance.now();
    const counts = { job: 0, asset: 0 };
    const onDeleted = (kind: keyof typeof counts) => {
      counts[kind]++;
      metrics.swept.inc({ kind });
    };
    const told = () => ({
      jobs: counts.job,
      assets: counts.asset,
      keepDays,
      ms: Math.round(performance.now() - since),
    });
    try {
      await sweep({ store, keepDays, now, signal, onDeleted });
      log.info(told(), signal.aborted ? 'the sweep was stopped' : 'swept what nobody used for long');
    } catch (err) {
      log.warn({ ...told(), err }, 'the sweep ended halfway; the next one goes on');
    }
  }

  return {
    /** Waits for the deletion under way, though not for long. */
    async stop() {
      control.abort();
      await Promise.race([done, delay(STOP_MS, undefined, { ref: false })]);
    },
  };
}

/** Ends early on the signal, and keeps no process from ending. */
async function waitUnheld(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
