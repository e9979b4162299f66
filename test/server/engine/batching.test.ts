/** Rows that run together, on the tiny real bundle: what comes out is what each would be alone, and who runs when. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createProgress, resolvedRequest } from '../../../shared/index.js';
import type { EngineProgress } from '../../../server/engine/engine.js';
import type { Generator } from '../../../server/engine/generate.js';
import { encodeSource } from '../../../server/engine/picture.js';
import { openTinyEngine, type TinyEngine } from '../../support/fixtures.js';

let alone: TinyEngine;
let together: TinyEngine;
/** Rows of each run of the transformer and of the head. */
const runs: number[] = [];
const draws: number[] = [];
/** Is told of the transformer's runs before they are made. */
let onRun: (count: number) => void;
beforeAll(async () => {
  alone = await openTinyEngine();
  together = await openTinyEngine(
    (networks) => ({
      ...networks,
      async transformer(rows) {
        runs.push(rows.length);
        onRun(runs.length);
        return networks.transformer(rows);
      },
      async head(rows) {
        draws.push(rows.length);
        return networks.head(rows);
      },
    }),
    4,
  );
});
beforeEach(() => {
  runs.length = draws.length = 0;
  onRun = () => undefined;
});

const ids = { a: 'a'.repeat(32), b: 'b'.repeat(32), lock: 'c'.repeat(32) };
const images: Record<string, Uint8Array> = {};
beforeAll(async () => {
  for (const [n, id] of Object.values(ids).entries()) {
    const [width, height] = [100 + 40 * (n % 2), 100];
    const wave = (_: unknown, at: number) => 128 + 100 * Math.sin((at * (n + 1)) / 700);
    const lock = (_: unknown, at: number) => (at < 30 * 300 ? 255 : 0);
    const data = Uint8Array.from({ length: 3 * width * height }, id === ids.lock ? lock : wave);
    images[id] = await encodeSource({ width, height, data });
  }
});

type Told = { tenant?: string; signal?: AbortSignal; heard?: (progress: EngineProgress) => void };

function run(generator: Generator, request: object, { tenant = 'a', signal, heard = () => undefined }: Told = {}) {
  const given = resolvedRequest.parse({ seed: 5, passes: 3, ...request });
  return generator.generate(
    { id: 'job', tenant, request: given, images },
    { signal: signal ?? new AbortController().signal, onProgress: heard },
  );
}

const words = { prompt: 'red top', guidance: 0 };

describe('rows that run together', () => {
  it('give what they give alone, whatever they are, byte for byte', async () => {
    const requests = [
      { ...words, variants: 3 },
      { prompt: 'red top', guidance: 2, seed: 9, passes: 4 },
      { prompt: 'a', references: [{ asset: ids.b }], candidates: 2, variants: 2 },
      { base: { asset: ids.a, lock: ids.lock }, prompt: 'red', variants: 2, previews: 1 },
      { base: { asset: ids.a, expand: { right: 60 } }, temperature: 0.4 },
      { base: { asset: ids.a, lock: ids.lock, tokensFrom: ids.b } },
      { vary: { asset: ids.a, strength: 0.5 }, variants: 3, passes: 8, patience: 1 },
      { mix: { assets: [ids.a, ids.b], steps: 3, harmonise: 0.5, texture: 0.5 } },
    ];
    const besides = await Promise.all(requests.map((request) => run(together.generator, request)));
    for (const [n, request] of requests.entries()) {
      const { variants, passes } = await run(alone.generator, request);
      expect(besides[n]?.variants).toEqual(variants);
      expect(besides[n]?.passes).toBe(passes);
    }
    expect(Math.max(...runs)).toBe(4);
    expect(draws.filter((rows) => rows > 1).length).toBeGreaterThan(5);
  });

  it('are the variants of one job, in as many runs as one alone takes', async () => {
    const heard: EngineProgress[] = [];
    await run(together.generator, { ...words, variants: 4 }, { heard: (progress) => heard.push(progress) });
    expect([runs, draws]).toEqual([
      [4, 4, 4, 4],
      [4, 4, 4],
    ]);
    const passes = heard.filter((progress) => progress.type === 'pass');
    expect(passes.map(({ variant, pass, batch }) => `${variant}:${pass}/${batch}`)).toEqual(
      [1, 2, 3].flatMap((pass) => [0, 1, 2, 3].map((variant) => `${variant}:${pass}/4`)),
    );
  });

  it('are told of in the order of their index, however early one ends, and progress never falls', async () => {
    const order: number[] = [];
    const shares: number[] = [];
    const progress = createProgress(8);
    const request = { prompt: 'white top', variants: 8, passes: 16, patience: 1 };
    const { variants } = await run(together.generator, request, {
      heard(told) {
        if (told.type === 'variant') order.push(told.index);
        if (told.type === 'pass') shares.push(progress.advance(told.variant, told.pass / told.passes));
        if (told.type === 'variant') shares.push(progress.advance(told.index, 1));
      },
    });
    expect(new Set(variants.map(({ passes }) => passes)).size).toBeGreaterThan(1);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('join between passes and leave when they are done', async () => {
    let second: Promise<unknown> | undefined;
    onRun = (count) => {
      if (count === 2) second = run(together.generator, { ...words, passes: 2, seed: 6 });
    };
    await run(together.generator, { ...words, passes: 7 });
    await second;
    // one round goes by while the newcomer's conditions are encoded; it looks thrice in two passes
    expect(runs).toEqual([1, 1, 1, 2, 2, 2, 1, 1]);
  });

  it('leave within a run when their job is cancelled', async () => {
    const control = new AbortController();
    onRun = (count) => {
      if (count === 3) control.abort();
    };
    let told = 0;
    const cancelled = run(
      together.generator,
      { ...words, variants: 3, passes: 32 },
      { signal: control.signal, heard: () => told++ },
    );
    const stays = run(together.generator, { ...words, seed: 8, passes: 5 });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    await stays;
    expect(runs).toEqual([4, 4, 4, 1, 1, 1]);
    // the run under way draws nothing for them any more
    expect(draws).toEqual([4, 4, 1, 1, 1]);
    expect(told).toBe(6);
  });

  it('add their shares of the time in the networks up to no more than went by', async () => {
    const { timings } = await run(together.generator, { ...words, variants: 8, previews: 2 });
    const { totalMs, pixelsMs, ...stages } = timings;
    expect(Math.min(stages.passesMs, stages.decodeMs, pixelsMs)).toBeGreaterThan(0);
    expect(Object.values(stages).reduce((all, ms) => all + ms, 0)).toBeLessThan(totalMs);
  });
});

describe('tenants', () => {
  it.each([
    ['one row', () => alone],
    ['four rows', () => together],
  ])('take turns pass by pass at %s a turn, so that many jobs of one hold up no other', async (_, engine) => {
    const before = { own: 0, others: 0 };
    let done = false;
    const many = Array.from({ length: 6 }, (_, seed) =>
      run(
        engine().generator,
        { ...words, variants: 2, seed },
        { heard: ({ type }) => void (!done && type === 'pass' && before.others++) },
      ),
    );
    const one = run(
      engine().generator,
      { ...words, seed: 99 },
      { tenant: 'b', heard: ({ type }) => void (type === 'pass' && before.own++) },
    ).then(() => (done = true));
    await Promise.all([...many, one]);
    const rows = engine() === alone ? 1 : 4;
    // a turn for each pass, and those of preparing and finishing it
    expect(before.own).toBe(3);
    expect(before.others).toBeLessThanOrEqual(rows * 5);
  });
});
