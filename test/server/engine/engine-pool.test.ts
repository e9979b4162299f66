import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { resolvedRequest, ToileError } from '../../../shared/index.js';
import { createDeferred, type Deferred } from '../../../server/engine/deferred.js';
import type { EngineInfo, EngineJob, EngineResult } from '../../../server/engine/engine.js';
import { createEnginePool, type MortalEngine } from '../../../server/engine/engine-pool.js';

const info: EngineInfo = {
  bundle: 'tiny',
  bundles: [],
  device: 'cpu',
  deviceReason: 'as asked',
  threads: 1,
  maxBatch: 1,
  defaults: { passes: 1, candidates: 1 },
  loadMs: 1,
};
const timings = { encodeMs: 0, conditionMs: 0, passesMs: 0, decodeMs: 0, pixelsMs: 0, totalMs: 0 };

/** An engine whose jobs end when they are told to. */
function scriptEngine() {
  const ready = createDeferred<EngineInfo>();
  const unfit = createDeferred<ToileError>();
  const jobs = new Map<string, Deferred<EngineResult>>();
  let closed = false;
  let lost = false;
  const engine: MortalEngine = {
    ready: () => ready.promise,
    unfit: unfit.promise,
    async generate({ id }) {
      if (lost) throw new ToileError('cancelled', 'the engine is lost');
      const end = createDeferred<EngineResult>();
      jobs.set(id, end);
      return end.promise.finally(() => jobs.delete(id));
    },
    reconstruct: () => Promise.reject(new Error('not scripted')),
    close: async () => void (closed = true),
  };
  return {
    engine,
    load: () => ready.resolve(info),
    /** For good, with all its jobs. */
    lose(reason: string) {
      const error = new ToileError('engine_failed', reason);
      lost = true;
      ready.reject(error);
      unfit.resolve(error);
      for (const { reject } of jobs.values()) reject(new ToileError('cancelled', 'the engine is lost'));
    },
    finish: (id: string) => jobs.get(id)?.resolve({ variants: [], passes: 1, timings }),
    fail: (id: string) => jobs.get(id)?.reject(new ToileError('invalid_image', `${id} has a broken picture`)),
    jobs: () => [...jobs.keys()],
    closed: () => closed,
  };
}

function setUp(count: number) {
  const engines = Array.from({ length: count }, scriptEngine);
  const warnings: string[] = [];
  const pool = createEnginePool(
    engines.map(({ engine }) => engine),
    { log: { warn: (_, message) => warnings.push(message) } },
  );
  const start = (id: string) => {
    const job: EngineJob = { id, tenant: 'a', request: resolvedRequest.parse({ seed: 1 }), images: {} };
    const result = pool.generate(job, { signal: new AbortController().signal, onProgress: () => undefined });
    result.catch(() => undefined);
    return result;
  };
  const isBegun = (id: string) => engines.some(({ jobs }) => jobs().includes(id));
  /** Starts jobs, and waits till an engine has each; what they come to is not waited for. */
  const begin = async (...ids: string[]) => {
    const results = ids.map((id) => ({ result: start(id) }));
    while (!ids.every(isBegun)) await nextTurn();
    return results;
  };
  return { pool, engines, warnings, begin, start, loads: () => engines.map(({ jobs }) => jobs().sort().join(' ')) };
}

describe('several engines', () => {
  it('share jobs out, each to the one with the fewest', async () => {
    const { engines, begin, loads } = setUp(3);
    engines.forEach(({ load }) => load());
    await begin('1', '2', '3', '4');
    expect(loads()).toEqual(['1 4', '2', '3']);
    engines[1]?.finish('2');
    await begin('5');
    expect(loads()).toEqual(['1 4', '5', '3']);
  });

  it('are ready when one is, and give it the jobs until another is', async () => {
    const { pool, engines, begin, loads } = setUp(2);
    engines[1]?.load();
    expect(await pool.ready()).toEqual(info);
    await begin('1', '2');
    expect(loads()).toEqual(['', '1 2']);
    engines[0]?.load();
    await begin('3');
    expect(loads()).toEqual(['3', '1 2']);
  });

  it('go on without a lost one, and work off its jobs', async () => {
    const { pool, engines, begin, loads, warnings } = setUp(2);
    engines.forEach(({ load }) => load());
    const [, second] = await begin('1', '2');
    expect(loads()).toEqual(['1', '2']);
    engines[1]?.lose('no memory');
    await expect.poll(loads).toEqual(['1 2', '']);
    expect(warnings).toEqual(['an engine is lost; the others go on']);
    engines[0]?.finish('2');
    expect(await second?.result).toMatchObject({ passes: 1 });
    expect(await Promise.race([pool.unfit, nextTurn('some are left')])).toBe('some are left');
  });

  it('fail a job that fails, and give it to no other', async () => {
    const { engines, begin, loads } = setUp(2);
    engines.forEach(({ load }) => load());
    const [job] = await begin('1');
    engines[0]?.fail('1');
    await expect(job?.result).rejects.toMatchObject({ code: 'invalid_image' });
    expect(loads()).toEqual(['', '']);
  });

  it('are of no more use when all are lost, and say why', async () => {
    const { pool, engines, start } = setUp(2);
    const ready = pool.ready();
    ready.catch(() => undefined);
    engines[0]?.lose('no memory');
    engines[1]?.lose('no memory either');
    await expect(ready).rejects.toMatchObject({ code: 'engine_failed', message: 'no memory' });
    expect(await pool.unfit).toMatchObject({ message: 'no memory' });
    await expect(start('1')).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('close together', async () => {
    const { pool, engines } = setUp(3);
    await pool.close();
    expect(engines.map(({ closed }) => closed())).toEqual([true, true, true]);
  });
});
