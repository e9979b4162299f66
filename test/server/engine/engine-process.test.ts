import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createEnginePool } from '../../../server/engine/engine-pool.js';
import type { EngineProcess } from '../../../server/engine/engine-process.js';
import { fixtures, startTinyEngine } from '../../support/fixtures.js';

const engines: EngineProcess[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

function start(...args: Parameters<typeof startTinyEngine>): EngineProcess {
  const engine = startTinyEngine(...args);
  engines.push(engine);
  return engine;
}

const request = { prompt: 'white top', variants: 4, seed: 5, passes: 8, previews: 0 };
const never = () => new AbortController().signal;

/** Runs a job and kills the engine after so many passes, each time a number is reached. */
function runAndKill(engine: EngineProcess, killAt: number[]) {
  let passes = 0;
  return engine.generate(
    { id: 'job', tenant: 'a', request, images: {} },
    {
      signal: never(),
      onProgress: (p) => {
        if (p.type === 'pass') passes++;
        if (p.type === 'pass' && killAt.includes(passes)) process.kill(engine.pid()!, 'SIGKILL');
      },
    },
  );
}

describe('the engine process', () => {
  it('says what it runs and on what', async () => {
    const info = await start().ready();
    expect(info).toMatchObject({ bundle: 'tiny-bundle', device: 'cpu', threads: 1, maxBatch: 1 });
    expect(await start({ maxBatch: 3 }).ready()).toMatchObject({ maxBatch: 3 });
    expect(info.defaults).toEqual({ passes: expect.any(Number), candidates: expect.any(Number) });
  });

  it('finishes a job whose engine was killed in its middle, with the same bytes', async () => {
    const engine = start();
    const undisturbed = await runAndKill(engine, []);
    const killed = await runAndKill(engine, [10]);
    expect(killed.variants.map(({ png }) => Buffer.from(png))).toEqual(
      undisturbed.variants.map(({ png }) => Buffer.from(png)),
    );
  });

  it('loses no job and changes no byte when it dies beside another one', async () => {
    const engines = [start(), start()];
    const pool = createEnginePool(engines, { log: { warn: () => undefined } });
    await Promise.all(engines.map((engine) => engine.ready()));
    const job = (seed: number) => ({
      id: `job ${seed}`,
      tenant: 'a',
      request: { ...request, variants: 1, seed },
      images: {},
    });
    let killed = false;
    const made = await Promise.all(
      [1, 2, 3, 4].map((seed) =>
        pool.generate(job(seed), {
          signal: never(),
          onProgress(p) {
            if (killed || p.type !== 'pass' || p.pass < 4) return;
            killed = true;
            process.kill(engines[1]?.pid() ?? NaN, 'SIGKILL');
          },
        }),
      ),
    );
    const [alone] = engines;
    for (const [n, seed] of [1, 2, 3, 4].entries()) {
      const { variants } = await alone!.generate(job(seed), { signal: never(), onProgress: () => undefined });
      expect(made[n]?.variants).toEqual(variants);
    }
  });

  it('gives up a job at which it died twice, and serves the next', async () => {
    const engine = start();
    await expect(runAndKill(engine, [3, 6])).rejects.toMatchObject({ code: 'engine_failed' });
    expect((await runAndKill(engine, [])).variants).toHaveLength(4);
  });

  it('drops a cancelled job and serves the next', async () => {
    const engine = start();
    const control = new AbortController();
    const job = engine.generate(
      { id: 'job', tenant: 'a', request: { ...request, passes: 32, variants: 8 }, images: {} },
      { signal: control.signal, onProgress: () => control.abort() },
    );
    await expect(job).rejects.toMatchObject({ code: 'cancelled' });
    expect((await runAndKill(engine, [])).variants).toHaveLength(4);
  });

  it.each([
    [
      'a file of another checksum',
      'decoder.onnx',
      /decoder\.onnx has checksum/,
      async (file: string) => writeFile(file, 'x'),
    ],
    ['a missing file', 'weights.bin', /weights\.bin can't be read/, async (file: string) => rm(file)],
    ['no JSON', 'model.json', /model\.json is not JSON/, async (file: string) => writeFile(file, '{')],
    [
      'a field of another kind',
      'model.json',
      /model\.json, grid\.size/,
      async (file: string) =>
        writeFile(file, (await readFile(file, 'utf8')).replace(/("grid": \{\s*"size": )16/, '$1"many"')),
    ],
  ])('refuses a bundle with %s, saying so', async (_, name, message, spoil) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'toile-bundles-'));
    folders.push(folder);
    await cp(path.join(fixtures, 'tiny-bundle'), path.join(folder, 'tiny-bundle'), { recursive: true });
    await spoil(path.join(folder, 'tiny-bundle', name));
    const ready = start({ bundles: folder }).ready();
    await expect(ready).rejects.toMatchObject({ code: 'broken_bundle', message: expect.stringMatching(message) });
  });

  describe('that the system starts no process for', () => {
    const { execPath } = process;
    const refuse = () => void (process.execPath = '/nowhere/node');
    const refused = { code: 'engine_failed', message: expect.stringMatching(/can not be started.*ENOENT/) };
    afterEach(() => void (process.execPath = execPath));

    it('says so and why, and closes', async () => {
      refuse();
      const engine = start({ firstPauseMs: 1 });
      await expect(engine.ready()).rejects.toMatchObject(refused);
      expect(await engine.unfit).toMatchObject(refused);
      await engine.close();
    });

    it('closes at once, before it is known', async () => {
      refuse();
      const engine = start();
      engine.ready().catch(() => undefined);
      await engine.close();
    });

    it('once it has died hands its jobs on, and says why', async () => {
      const engine = start({ firstPauseMs: 1 });
      await engine.ready();
      refuse();
      await expect(runAndKill(engine, [3])).rejects.toMatchObject({ code: 'cancelled' });
      expect(await engine.unfit).toMatchObject(refused);
      await expect(engine.ready()).rejects.toMatchObject(refused);
    });

    it('waits longer each time before it tries again, and works its jobs off once it can', async () => {
      const failed: number[] = [];
      const engine = start({
        firstPauseMs: 100,
        log: {
          warn(_, message) {
            if (!/died; starting it again/.test(message)) return;
            failed.push(performance.now());
            if (failed.length === 3) process.execPath = execPath;
          },
        },
      });
      await engine.ready();
      refuse();
      const job = runAndKill(engine, [3]);
      await expect.poll(() => failed).toHaveLength(3);
      await engine.ready();
      const startedAgain = performance.now();
      expect((await job).variants).toHaveLength(4);
      const [, first = 0, second = 0] = failed;
      expect(second - first).toBeGreaterThanOrEqual(95);
      expect(startedAgain - second).toBeGreaterThanOrEqual(395);
    });

    it('closes while it waits, rejects its jobs and tries no more', async () => {
      let failures = 0;
      const engine = start({
        firstPauseMs: 100,
        log: { warn: (_, message) => void (failures += +/died/.test(message)) },
      });
      await engine.ready();
      refuse();
      const job = runAndKill(engine, [3]);
      job.catch(() => undefined);
      await expect.poll(() => failures).toBe(2);
      await engine.close();
      await expect(job).rejects.toMatchObject({ code: 'cancelled' });
      await delay(300);
      expect(failures).toBe(2);
    });
  });

  describe('whose start the system refuses at once', () => {
    // one variable of more than a process may be handed
    const refuse = () => void (process.env['TOILE_TEST_TOO_LONG'] = 'x'.repeat(1 << 20));
    const allow = () => void delete process.env['TOILE_TEST_TOO_LONG'];
    const refused = { code: 'engine_failed', message: expect.stringMatching(/can not be started, 3 times/) };
    afterEach(allow);

    it('tries the very first one again after a pause, and takes jobs meanwhile', async () => {
      refuse();
      const log = { warn: (_: object, message: string) => void (/died; starting it again/.test(message) && allow()) };
      const engine = start({ firstPauseMs: 1, log });
      expect((await runAndKill(engine, [])).variants).toHaveLength(4);
    });

    it('says so and why, and closes', async () => {
      refuse();
      const engine = start({ firstPauseMs: 1 });
      await expect(engine.ready()).rejects.toMatchObject({ ...refused, cause: { code: 'E2BIG' } });
      expect(await engine.unfit).toMatchObject(refused);
      await engine.close();
    });

    it('closes while it waits', async () => {
      refuse();
      const engine = start();
      expect(engine.pid()).toBeUndefined();
      const job = runAndKill(engine, []);
      await engine.close();
      await expect(job).rejects.toMatchObject({ code: 'cancelled' });
    });
  });

  it('names the bundles there are where the wished-for one is not', async () => {
    const ready = start({ bundle: 'nope' }).ready();
    await expect(ready).rejects.toMatchObject({
      code: 'unknown_bundle',
      message: expect.stringContaining('tiny-bundle'),
    });
  });
});
