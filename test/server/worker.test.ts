import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { resolvedRequest, ToileError } from '../../shared/index.js';
import type { Engine, EngineProgress } from '../../server/engine/engine.js';
import { createMetrics } from '../../server/metrics.js';
import type { Report } from '../../server/queue/queue.js';
import type { Assets } from '../../server/store/assets.js';
import { createWorker } from '../../server/worker.js';

const place = { width: 1, height: 1, x: 0, y: 0 };
const variant = { png: Uint8Array.of(9), seed: 1, relevance: 0, fidelity: 0, passes: 2, changedOutside: 0, ...place };
const progress: EngineProgress[] = [
  { type: 'pass', variant: 0, pass: 1, passes: 2 },
  { type: 'preview', variant: 0, pass: 1, jpeg: Uint8Array.of(7) },
  { type: 'pass', variant: 0, pass: 2, passes: 2 },
  { type: 'variant', index: 0, variant },
];
const timings = { encodeMs: 0, conditionMs: 0, passesMs: 1, decodeMs: 0, pixelsMs: 0, totalMs: 1 };

/** Tells all of it at once. */
const engine: Pick<Engine, 'generate'> = {
  async generate(_, { onProgress }) {
    progress.forEach((told) => onProgress(told));
    await delay(20);
    return { variants: [variant], passes: 2, timings };
  },
};

async function work(put: Assets['put'], log = pino({ level: 'silent' })): Promise<Report[]> {
  const reports: Report[] = [];
  const unused = () => Promise.reject(new Error('not asked for'));
  const worker = createWorker({
    engine: { ...engine, ready: unused, reconstruct: unused, close: unused },
    assets: { put, get: unused },
    metrics: createMetrics(),
    log,
  });
  const job = { id: 'job', tenant: 'a', request: resolvedRequest.parse({ seed: 1, previews: 1 }) };
  await worker(job, { signal: new AbortController().signal, report: (report) => reports.push(report) });
  return reports;
}

describe('the worker', () => {
  it("tells of pictures when they are kept, in the engine's order, however long keeping takes", async () => {
    const reports = await work(async (_, bytes) => {
      await delay(bytes[0] === 7 ? 30 : 1);
      return String(bytes[0]);
    });
    const told = reports.map(({ event }) => ('asset' in event ? `${event.type} ${event.asset}` : event.type));
    expect(told).toEqual(['pass', 'preview 7', 'pass', 'variant 9', 'done']);
    expect(reports.map((report) => ('progress' in report ? report.progress : 'end'))).toEqual([0.5, 0.5, 1, 1, 'end']);
    expect(reports[3]?.event).toMatchObject({ changedOutside: 0 });
    expect(reports.at(-1)).toMatchObject({ passes: 2, timings });
  });

  it('fails the job whose pictures cannot be kept, and nothing else', async () => {
    await expect(work(() => Promise.reject(new Error('no room left')))).rejects.toThrow('no room left');
  });

  it('logs why, with the cause', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const cause = new Error('connect ECONNREFUSED');
    const failure = new ToileError('store_unreachable', 'the bucket is away', { cause });
    await expect(work(() => Promise.reject(failure), log)).rejects.toThrow(failure);
    expect(lines).toEqual([expect.stringMatching(/the bucket is away.*ECONNREFUSED/)]);
  });
});
