import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { resolvedRequest, ToileError } from '../../shared/index.js';
import type { Engine, EngineJob, EngineProgress } from '../../server/engine/engine.js';
import { createMetrics, type Metrics } from '../../server/metrics.js';
import { TAKEN_OVER, type Report } from '../../server/queue/queue.js';
import type { Assets } from '../../server/store/assets.js';
import { createWorker } from '../../server/worker.js';
import { createPlainEngine } from '../support/plain-engine.js';

const place = { width: 1, height: 1, x: 0, y: 0 };
const variant = { png: Uint8Array.of(9), seed: 1, relevance: 0, fidelity: 0, passes: 2, changedOutside: 0, ...place };
const progress: EngineProgress[] = [
  { type: 'pass', variant: 0, pass: 1, passes: 2, batch: 1 },
  { type: 'preview', variant: 0, pass: 1, jpeg: Uint8Array.of(7) },
  { type: 'pass', variant: 0, pass: 2, passes: 2, batch: 4 },
  { type: 'variant', index: 0, variant },
];
const timings = { encodeMs: 0, conditionMs: 0, passesMs: 1, decodeMs: 0, pixelsMs: 0, totalMs: 1 };
const reference = 'a'.repeat(32);

type Options = {
  put?: Assets['put'];
  get?: Assets['get'];
  log?: pino.Logger;
  patienceMs?: number;
  /** What the engine ends with, once it has made everything. */
  fails?: Error;
  signal?: AbortSignal;
  ending?: AbortSignal;
};

/** What was told, what the engine was given, and how it was counted. */
type Told = { reports: Report[]; given: EngineJob[]; metrics: Metrics; work: Promise<void> };

/** An engine that tells all of it at once, at work on one job with a picture. */
function work(options: Options): Told {
  const given: EngineJob[] = [];
  const reports: Report[] = [];
  const metrics = createMetrics();
  const generate: Engine['generate'] = async (job, { onProgress }) => {
    given.push(job);
    progress.forEach((told) => onProgress(told));
    await delay(20);
    if (options.fails) throw options.fails;
    return { variants: [variant], passes: 2, timings };
  };
  const { put = async (_, bytes) => String(bytes[0]), get = async () => Uint8Array.of(3), patienceMs = 5000 } = options;
  const { log = pino({ level: 'silent' }), signal = new AbortController().signal, ending } = options;
  const worker = createWorker({
    engine: { ...createPlainEngine(), generate },
    assets: { put, get },
    metrics,
    log,
    patience: { patienceMs, firstPauseMs: 5 },
    ...(ending ? { ending } : {}),
  });
  const request = resolvedRequest.parse({ seed: 1, previews: 1, base: { asset: reference } });
  const job = { id: 'job', tenant: 'a', request, requestId: 'request-1', queuedMs: 2000 };
  return { reports, given, metrics, work: worker(job, { signal, report: (report) => reports.push(report) }) };
}

const away = new ToileError('store_unreachable', 'the bucket is away', { cause: new Error('connect ECONNREFUSED') });

/** Fails the first five times, then does as told. */
function failingAtFirst<Args extends unknown[], T>(then: (...args: Args) => Promise<T>) {
  let tries = 0;
  return async (...args: Args): Promise<T> => {
    if (tries++ < 5) throw away;
    return then(...args);
  };
}

/** A log that calls back when a job says that it waits. */
function logWaiting(onWait: () => void): pino.Logger {
  const write = (line: string) => {
    if (line.includes('the job waits for it')) onWait();
  };
  return pino({ level: 'warn' }, { write });
}

const name = ({ event }: Report) => ('asset' in event ? `${event.type} ${event.asset}` : event.type);

async function count(metrics: Metrics, metric: 'jobs' | 'jobErrors') {
  return (await metrics[metric].get()).values.map(({ labels, value }) => ({ ...labels, value }));
}

function collectLines(level: string): { log: pino.Logger; lines: string[] } {
  const lines: string[] = [];
  return { lines, log: pino({ level }, { write: (line: string) => void lines.push(line) }) };
}

describe('the worker', () => {
  it("tells of pictures when they are kept, in the engine's order, however long keeping takes", async () => {
    const { reports, work: done } = work({
      async put(_, bytes) {
        await delay(bytes[0] === 7 ? 30 : 1);
        return String(bytes[0]);
      },
    });
    await done;
    expect(reports.map(name)).toEqual(['pass', 'preview 7', 'pass', 'variant 9', 'done']);
    expect(reports.map((report) => ('progress' in report ? report.progress : 'end'))).toEqual([0.5, 0.5, 1, 1, 'end']);
    expect(reports[0]?.event).toEqual({ type: 'pass', variant: 0, pass: 1, passes: 2 });
    expect(reports[3]?.event).toMatchObject({ changedOutside: 0 });
    expect(reports.at(-1)).toMatchObject({ passes: 2, timings });
  });

  it('fails the job whose pictures cannot be kept, and nothing else', async () => {
    const { work: done, metrics } = work({ put: () => Promise.reject(new Error('no room left')) });
    await expect(done).rejects.toThrow('no room left');
    expect(await count(metrics, 'jobs')).toEqual([{ state: 'failed', value: 1 }]);
    expect(await count(metrics, 'jobErrors')).toEqual([{ code: 'internal', value: 1 }]);
  });

  it('tells of what was made before the engine failed', async () => {
    const put = async (_: string, bytes: Uint8Array) => {
      await delay(30);
      return String(bytes[0]);
    };
    const { work: done, reports } = work({ put, fails: new ToileError('engine_failed', 'out of memory') });
    await expect(done).rejects.toThrow('out of memory');
    expect(reports.map(name)).toEqual(['pass', 'preview 7', 'pass', 'variant 9']);
  });

  it('logs why, with the cause, the job and the request that brought it', async () => {
    const { log, lines } = collectLines('warn');
    await expect(work({ put: () => Promise.reject(away), log, patienceMs: 0 }).work).rejects.toThrow(away);
    expect(lines).toEqual([expect.stringMatching(/the bucket is away.*ECONNREFUSED/)]);
    expect(JSON.parse(lines[0]!)).toMatchObject({ job: 'job', requestId: 'request-1', state: 'failed' });
  });

  it('counts passes and the rows that ran with them, and how long the job had waited', async () => {
    const { metrics, work: done } = work({});
    await done;
    const figures = await metrics.registry.metrics();
    expect(figures).toContain('toile_passes_total 2');
    expect(figures).toContain('toile_batch_size_count 2');
    expect(figures).toContain('toile_batch_size_sum 5');
    expect(figures).toContain('toile_queued_seconds_sum 2');
  });
});

describe('the worker, while the store is away', () => {
  it('waits for the pictures that the job is given', async () => {
    const { given, reports, work: done } = work({ get: failingAtFirst(async () => Uint8Array.of(3)) });
    await done;
    expect(given.map(({ images }) => images)).toEqual([{ [reference]: Uint8Array.of(3) }]);
    expect(reports.at(-1)?.event.type).toBe('done');
  });

  it('waits with the pictures that were made, and tells of them in order', async () => {
    const { reports, work: done } = work({ put: failingAtFirst(async (_, bytes) => String(bytes[0])) });
    await done;
    expect(reports.map(name)).toEqual(['pass', 'preview 7', 'pass', 'variant 9', 'done']);
  });

  it('says so once an outage and picture, not once a try', async () => {
    const { log, lines } = collectLines('warn');
    await work({ put: failingAtFirst(async () => 'b'.repeat(32)), log }).work;
    expect(lines).toEqual([expect.stringMatching(/the job waits for it/)]);
  });

  it('fails the job when it stays away', async () => {
    const { work: done, metrics } = work({ put: () => Promise.reject(away), patienceMs: 60 });
    await expect(done).rejects.toThrow(away);
    expect(await count(metrics, 'jobErrors')).toEqual([{ code: 'store_unreachable', value: 1 }]);
  });

  it('stops waiting when the job is cancelled', async () => {
    const control = new AbortController();
    const log = logWaiting(() => control.abort());
    const { work: done, metrics } = work({ get: () => Promise.reject(away), log, signal: control.signal });
    await expect(done).rejects.toMatchObject({ code: 'cancelled' });
    expect(await count(metrics, 'jobs')).toEqual([{ state: 'cancelled', value: 1 }]);
  });

  it('counts a job that another worker took over as no cancelled one', async () => {
    const control = new AbortController();
    const log = logWaiting(() => control.abort(TAKEN_OVER));
    const { work: done, metrics } = work({ get: () => Promise.reject(away), log, signal: control.signal });
    await expect(done).rejects.toMatchObject({ code: 'cancelled' });
    expect(await count(metrics, 'jobs')).toEqual([{ state: 'taken_over', value: 1 }]);
    expect(await count(metrics, 'jobErrors')).toEqual([]);
  });

  it('hands the job back when the process ends, and calls it neither failed nor cancelled', async () => {
    const ending = new AbortController();
    const log = logWaiting(() => ending.abort());
    const { work: done, metrics } = work({ put: () => Promise.reject(away), log, ending: ending.signal });
    // `cancelled` without the job's own signal is what the queue hands back
    await expect(done).rejects.toMatchObject({ code: 'cancelled' });
    expect(await count(metrics, 'jobs')).toEqual([{ state: 'handed_back', value: 1 }]);
    expect(await count(metrics, 'jobErrors')).toEqual([]);
  });
});
