/** What is made where nothing is asked for: a caption a variant, as often as the training pictures have it. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolvedRequest } from '../../../shared/index.js';
import { loadBundle } from '../../../server/engine/bundle.js';
import { createCaptionPrior, openCaptionPrior } from '../../../server/engine/caption-prior.js';
import { fixtures, openTinyEngine, type TinyEngine } from '../../support/fixtures.js';

describe('a caption', () => {
  it('is drawn as often as the training pictures have it', () => {
    const { draw } = createCaptionPrior([
      ['black heels', 6],
      ['red shirt', 3],
      ['blue top', 1],
    ]);
    const drawn = Array.from({ length: 4000 }, (_, seed) => draw(seed));
    const share = (caption: string) => drawn.filter((each) => each === caption).length / drawn.length;
    expect(share('black heels')).toBeCloseTo(0.6, 1);
    expect(share('red shirt')).toBeCloseTo(0.3, 1);
    expect(share('blue top')).toBeCloseTo(0.1, 1);
    expect(share('black heels') + share('red shirt') + share('blue top')).toBe(1);
  });

  it('is the same for the same seed', () => {
    const { draw } = createCaptionPrior(Array.from({ length: 500 }, (_, n) => [`caption ${n}`, 1] as const));
    expect(draw(77)).toBe(draw(77));
    expect(new Set([1, 2, 3, 4].map(draw)).size).toBe(4);
  });
});

describe('a request for nothing', () => {
  it('has each variant made of a caption of its own, as if that had been asked for', async () => {
    const engine = await openTinyEngine();
    const variants = await run(engine, { variants: 4 });
    const words = variants.map(({ prompt }) => prompt);
    expect(new Set(words).size).toBeGreaterThan(1);
    for (const { prompt, seed, png } of variants) {
      const [asked] = await run(engine, { prompt, seed });
      expect(asked?.png).toEqual(png);
      expect(asked).not.toHaveProperty('prompt');
    }
  });

  it('with a reference is for what the reference shows, and no caption is drawn', async () => {
    const engine = await openTinyEngine();
    const asset = 'a'.repeat(32);
    const [reference] = await run(engine, { prompt: 'red shirt' });
    const images = { [asset]: reference?.png ?? new Uint8Array() };
    const [variant] = await run(engine, { references: [{ asset }] }, images);
    expect(variant).not.toHaveProperty('prompt');
  });

  it('is made without conditions by a bundle that has no captions', async () => {
    const bare = await openTinyEngine(undefined, 1, ({ model, ...rest }) => {
      const files = { ...model.files, captions: undefined };
      return { ...rest, model: { ...model, files } };
    });
    const [variant] = await run(bare, {});
    expect(variant).not.toHaveProperty('prompt');
    const [drawn] = await run(await openTinyEngine(), {});
    expect(variant?.png).not.toEqual(drawn?.png);
  });
});

it.each(['[]', '[["red shirt", 0]]', '[["", 1]]', '{"red shirt": 1}', 'red shirt'])(
  'a bundle whose captions are %s is refused',
  async (text) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'toile-captions-'));
    try {
      await cp(path.join(fixtures, 'tiny-bundle'), folder, { recursive: true });
      const bundle = await loadBundle(fixtures, 'tiny-bundle');
      await writeFile(path.join(folder, 'captions.json'), text);
      await expect(openCaptionPrior({ ...bundle, folder })).rejects.toMatchObject({
        code: 'broken_bundle',
        message: "bundle 'tiny-bundle' is broken: captions.json is no list of [caption, count]",
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

async function run({ generator }: TinyEngine, request: object, images: Record<string, Uint8Array> = {}) {
  const job = { id: 'job', tenant: 'a', request: resolvedRequest.parse({ seed: 5, passes: 2, ...request }), images };
  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  return (await generator.generate(job, options)).variants;
}
