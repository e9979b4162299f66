import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { resolvedRequest } from '../../../shared/index.js';
import type { EngineProgress } from '../../../server/engine/engine.js';
import { decodePicture, psnr } from '../../../server/engine/picture.js';
import { openTinyEngine, type TinyEngine } from '../../support/fixtures.js';

let engine: TinyEngine;
beforeAll(async () => {
  engine = await openTinyEngine();
});

const request = { prompt: 'red striped t-shirt', variants: 1, seed: 7, passes: 3, previews: 0 };

function run(over: object, signal = new AbortController().signal, heard: EngineProgress[] = []) {
  const job = { id: 'job', tenant: 'a', request: { ...request, ...over }, images: {} };
  return engine.generator.generate(job, { signal, onProgress: (p) => heard.push(p) });
}

/** A picture of its own for each name. */
const draw = (name: string) =>
  sharp({ create: { width: 64, height: 64, channels: 3, background: name.startsWith('a') ? 'red' : 'navy' } })
    .png()
    .toBuffer();

const pngs = async (result: ReturnType<typeof run>) =>
  (await result).variants.map(({ png }) => Buffer.from(png).toString('base64'));

function describeProgress(p: EngineProgress): string {
  if (p.type === 'pass') return `${p.variant}:${p.pass}/${p.passes}`;
  return p.type === 'preview' ? `preview ${p.variant} after ${p.pass}` : `picture ${p.index}`;
}

describe('generating', () => {
  it('gives the same bytes for the same request, alone or beside others, and others for another seed', async () => {
    const alone = await pngs(run({}));
    const [beside] = await Promise.all([pngs(run({})), run({ seed: 99, variants: 2 }), run({ prompt: 'a' })]);
    expect(beside).toEqual(alone);
    expect(await pngs(run({ seed: 8 }))).not.toEqual(alone);
  });

  it('makes variant i of seed s as the one variant of seed s + i, past the last seed too', async () => {
    const several = await pngs(run({ seed: 2 ** 32 - 2, variants: 3 }));
    for (const [n, seed] of [2 ** 32 - 2, 2 ** 32 - 1, 0].entries()) {
      expect(await pngs(run({ seed }))).toEqual([several[n]]);
    }
  });

  it('tells of every pass of every variant, in order', async () => {
    const heard: EngineProgress[] = [];
    await run({ variants: 2 }, undefined, heard);
    expect(heard.map(describeProgress)).toEqual([
      '0:1/3',
      '0:2/3',
      '0:3/3',
      'picture 0',
      '1:1/3',
      '1:2/3',
      '1:3/3',
      'picture 1',
    ]);
  });

  it('shows each variant on its way as often as it was asked to, and changes no pixel by it', async () => {
    const heard: EngineProgress[] = [];
    const shown = await pngs(run({ variants: 2, passes: 6, previews: 2 }, undefined, heard));
    expect(heard.map(describeProgress)).toEqual(
      [0, 1].flatMap((n) => [
        ...[`${n}:1/6`, `${n}:2/6`, `preview ${n} after 2`, `${n}:3/6`, `${n}:4/6`, `preview ${n} after 4`],
        ...[`${n}:5/6`, `${n}:6/6`, `picture ${n}`],
      ]),
    );
    expect(shown).toEqual(await pngs(run({ variants: 2, passes: 6 })));
  });

  it('shows the picture as it is after those passes', async () => {
    const heard: EngineProgress[] = [];
    // the first pass draws alike, however many are to follow
    await run({ passes: 2, previews: 1 }, undefined, heard);
    const { variants } = await run({ passes: 1 });
    const [preview] = heard.filter((p) => p.type === 'preview');
    expect(await sharp(preview!.jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 256, height: 256 });
    expect(variants[0]!.passes).toBe(1);
    expect(psnr(await decodePicture(preview!.jpeg), await decodePicture(variants[0]!.png))).toBeGreaterThan(25);
  });

  it('shows the first of several candidates alone', async () => {
    const heard: EngineProgress[] = [];
    const shown = await pngs(run({ passes: 3, candidates: 3, previews: 4 }, undefined, heard));
    const previews = heard.filter((p) => p.type === 'preview');
    expect(previews.map(({ pass }) => pass)).toEqual([1, 2]);
    expect(shown).toEqual(await pngs(run({ passes: 3, candidates: 3 })));
  });

  it('stops a cancelled job at its next pass and goes on with the others', async () => {
    const control = new AbortController();
    const heard: EngineProgress[] = [];
    const cancelled = engine.generator.generate(
      { id: 'job', tenant: 'a', request: { ...request, variants: 8, passes: 32 }, images: {} },
      {
        signal: control.signal,
        onProgress: (p) => {
          heard.push(p);
          if (heard.length === 2) control.abort();
        },
      },
    );
    const other = run({});
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    expect(heard.length).toBe(2);
    expect((await other).variants).toHaveLength(1);
  });

  it('makes no more runs for a job that is cancelled while it is prepared', async () => {
    const control = new AbortController();
    let blends = 0;
    const { generator } = await openTinyEngine((networks) => ({
      ...networks,
      async blend(...given) {
        blends++;
        control.abort();
        return networks.blend(...given);
      },
    }));
    const [one, other] = ['a'.repeat(32), 'b'.repeat(32)];
    const images = Object.fromEntries(await Promise.all([one, other].map(async (id) => [id, await draw(id)] as const)));
    const mix = { assets: [one, other], steps: 8, harmonise: 0, silhouette: 1, texture: 1 };
    const given = resolvedRequest.parse({ seed: 7, previews: 0, mix });
    const job = { id: 'job', tenant: 'a', request: given, images };
    const made = generator.generate(job, { signal: control.signal, onProgress: () => undefined });
    await expect(made).rejects.toMatchObject({ code: 'cancelled' });
    await generator.stop();
    expect(blends).toBe(1);
  });

  it('draws what a mix makes anew at half of the temperature, unless the request says one', async () => {
    const heard: number[] = [];
    const { generator } = await openTinyEngine((networks) => ({
      ...networks,
      head(rows) {
        heard.push(...rows.map(({ temperature }) => temperature));
        return networks.head(rows);
      },
    }));
    const [one, other] = ['a'.repeat(32), 'b'.repeat(32)];
    const images = Object.fromEntries(await Promise.all([one, other].map(async (id) => [id, await draw(id)] as const)));
    const mix = { assets: [one, other], steps: 3, harmonise: 0.5 };
    const options = { signal: new AbortController().signal, onProgress: () => undefined };
    for (const rest of [{}, { temperature: 0.9 }]) {
      const given = resolvedRequest.parse({ seed: 7, previews: 0, mix, ...rest });
      await generator.generate({ id: 'job', tenant: 'a', request: given, images }, options);
    }
    await generator.stop();
    expect(new Set(heard.slice(0, heard.length / 2))).toEqual(new Set([0.5]));
    expect(new Set(heard.slice(heard.length / 2))).toEqual(new Set([0.9]));
  });

  it('says of a job that it has begun before any network runs for it, and waits till that is said', async () => {
    const order: string[] = [];
    const { generator } = await openTinyEngine((networks) => ({
      ...networks,
      async conditions(input) {
        order.push('run');
        return networks.conditions(input);
      },
    }));
    await generator.generate(
      { id: 'job', tenant: 'a', request, images: {} },
      {
        signal: new AbortController().signal,
        onBegun: async () => {
          await delay(20);
          order.push('begun');
        },
        onProgress: () => undefined,
      },
    );
    expect(order.slice(0, 2)).toEqual(['begun', 'run']);
    expect(order.filter((what) => what === 'begun')).toHaveLength(1);
  });

  it('tells in its own words what a library threw, which stays the cause', async () => {
    const thrown = new Error('Non-zero status code at /opt/ort/lib/node.cc:12');
    const { generator } = await openTinyEngine((networks) => ({
      ...networks,
      conditions: () => Promise.reject(thrown),
    }));
    const failed = generator.generate(
      { id: 'job', tenant: 'a', request, images: {} },
      { signal: new AbortController().signal, onProgress: () => undefined },
    );
    await expect(failed).rejects.toMatchObject({
      code: 'engine_failed',
      message: expect.stringMatching(/^the engine could not make this picture[^/]*$/),
      cause: thrown,
    });
  });

  it('lets jobs take turns, so that one picture does not wait for eight', async () => {
    const order: string[] = [];
    const many = run({ variants: 8 }).then(() => order.push('eight'));
    const one = run({ seed: 1 }).then(() => order.push('one'));
    await Promise.all([many, one]);
    expect(order).toEqual(['one', 'eight']);
  });

  it('keeps the best of several candidates by relevance and fidelity', async () => {
    const { variants } = await run({ candidates: 3 });
    const first = (await run({})).variants[0]!;
    const [best] = variants;
    expect(best!.relevance + best!.fidelity).toBeGreaterThanOrEqual(first.relevance + first.fidelity);
  });

  it('tells where the time went', async () => {
    const { timings } = await run({});
    expect(timings.passesMs).toBeGreaterThan(0);
    expect(timings.decodeMs).toBeGreaterThan(0);
    expect(timings.totalMs).toBeGreaterThanOrEqual(timings.passesMs + timings.decodeMs + timings.conditionMs);
  });
});

describe('reconstructing', () => {
  /** An engine with a picture under way, which waits in the encoder until it is let go on. */
  async function begin(signal = new AbortController().signal) {
    const runs: string[] = [];
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const { generator } = await openTinyEngine((networks) => ({
      ...networks,
      async encode(...given) {
        runs.push('encode');
        await gate;
        const found = await networks.encode(...given);
        runs.push('encoded');
        return found;
      },
      decode(...given) {
        runs.push('decode');
        return networks.decode(...given);
      },
    }));
    const made = generator.reconstruct(await draw('a'), { signal });
    made.catch(() => undefined);
    await expect.poll(() => runs).toEqual(['encode']);
    return { generator, runs, made, letGo };
  }

  it('lets the run under way end before the engine closes, and makes no other', async () => {
    const { generator, runs, made, letGo } = await begin();
    const stopped = generator.stop().then(() => [...runs]);
    await delay(20);
    letGo();
    expect(await stopped).toEqual(['encode', 'encoded']);
    await expect(made).rejects.toMatchObject({ code: 'cancelled' });
    expect(runs).toEqual(['encode', 'encoded']);
    const late = generator.reconstruct(await draw('a'), { signal: new AbortController().signal });
    await expect(late).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('makes no more runs once it is cancelled', async () => {
    const control = new AbortController();
    const { generator, runs, made, letGo } = await begin(control.signal);
    control.abort();
    letGo();
    await expect(made).rejects.toMatchObject({ code: 'cancelled' });
    await generator.stop();
    expect(runs).toEqual(['encode', 'encoded']);
  });
});
