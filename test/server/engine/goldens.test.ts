/** TypeScript against what Python wrote down, step by step. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildConditionSequence } from '../../../server/engine/condition-sequence.js';
import { planLooks } from '../../../server/engine/looks.js';
import { crop, decodePicture, fromModelPixels, psnr, toModelPixels } from '../../../server/engine/picture.js';
import { createRandomStream } from '../../../server/engine/random.js';
import { isOpening } from '../../../server/engine/sample.js';
import { createSmartGrid, passTemperature, remask } from '../../../server/engine/smart.js';
import { fixtures, openTinyEngine, readGolden, type TinyEngine } from '../../support/fixtures.js';
import { inFloat32 } from '../../support/in-float32.js';

const draws = z.array(z.object({ seed: z.int(), candidate: z.int(), uniforms: z.array(z.number()) }));
const texts = z.array(z.object({ text: z.string(), ids: z.array(z.int()) }));
const runs = z.array(
  z.object({
    request: z.object({
      prompt: z.string(),
      seed: z.int(),
      passes: z.int(),
      temperature: z.number().default(1),
      guidance: z.number().default(0),
      guided_share: z.number().default(1),
      choice_temperature: z.number().default(1),
      marginal_weight: z.number().default(0),
      first_temperature_share: z.number().default(1),
      final_temperature_share: z.number().default(1),
      final_choice_share: z.number().default(1),
      polish_share: z.number().default(0),
      min_p: z.number().default(0),
      candidate: z.int().default(0),
    }),
    /** The cells that may change; the others hold `base`. */
    editable: z.array(z.int()),
    base: z.array(z.array(z.int())),
    /** Codes of each reference, of 8 columns. */
    visuals: z.array(z.array(z.array(z.int()))),
    passes: z.array(z.object({ kept: z.array(z.int()), codes: z.array(z.array(z.int())) })),
    relevance: z.number(),
    fidelity: z.number(),
  }),
);
const stageOne = z.object({ picture: z.string(), decoded: z.string(), codes: z.array(z.array(z.array(z.int()))) });

// Python writes them in float32: where int8 rounds the other way by a last digit, all that is drawn later differs
let engine: TinyEngine;
beforeAll(async () => {
  engine = await openTinyEngine(undefined, 1, inFloat32);
});

describe('the seeded generator', () => {
  it.each(readGolden('random.json', draws))(
    'draws what Python draws from seed $seed, candidate $candidate',
    (golden) => {
      expect([...createRandomStream(golden.seed, golden.candidate).uniforms(16)]).toEqual(golden.uniforms);
    },
  );
});

describe('the tokenizer', () => {
  it.each(readGolden('tokenizer.json', texts))('splits $text as Python does', ({ text, ids }) => {
    expect(engine.tokenizer.encode(text)).toEqual(ids);
  });

  it('tells which words of a long prompt are past what it takes, and of none that fits', () => {
    const { tokenizer, bundle } = engine;
    const most = bundle.model.text.max_tokens;
    const words = Array.from({ length: most }, (_, n) => `${['Navy', 'mustard', 'grün', '藍'][n % 4]}${n}`);
    const text = ` ${words.join('  ')} `;
    const unheard = tokenizer.unheard(text);
    const left = unheard.split(/\s+/);
    expect(words.slice(-left.length)).toEqual(left);
    const heard = words.length - left.length;
    const before = (count: number) => text.slice(0, text.indexOf(words[count] ?? ''));
    expect(tokenizer.encode(before(heard)).length).toBeLessThanOrEqual(most);
    expect(tokenizer.unheard(before(heard))).toBe('');
    expect(tokenizer.unheard(before(heard + 1))).toBe(left[0]);
    expect([tokenizer.unheard(''), tokenizer.unheard('  '), tokenizer.unheard('red dress')]).toEqual(['', '', '']);
    const one = 'ß'.repeat(most + 1);
    expect(tokenizer.unheard(one)).toBe(one);
  });
});

describe('SMART', () => {
  it.each(readGolden('smart.json', runs))(
    'keeps and draws what Python does: $request',
    async ({ request, passes, relevance, fidelity, ...given }) => {
      const { networks, tokenizer, bundle } = engine;
      const { marginals, smart } = bundle.model;
      const text = tokenizer.encode(request.prompt);
      const shape = { groups: 4, columns: 16 };
      const visuals = given.visuals.map((codes) => ({ codes: Int32Array.from(codes.flat()), columns: 8 }));
      const asked = await networks.conditions(buildConditionSequence({ text, visuals }, shape));
      const guided = request.guidance > 0 && text.length + visuals.length > 0;
      const none = await networks.conditions(buildConditionSequence({ text: [], visuals: [] }, shape));
      const { guidance, guided_share: guidedShare } = request;
      const { views, opening } = planLooks(guided ? { asked, none } : { asked }, { guidance, guidedShare });
      const stream = createRandomStream(request.seed, request.candidate);
      const grid = createSmartGrid({
        base: Int32Array.from(given.base.flat()),
        editable: Int32Array.from(given.editable),
        groups: 4,
        maskCode: 256,
      });
      for (const [n, golden] of passes.entries()) {
        const options = {
          passes: request.passes,
          alpha: smart.alpha,
          beta: smart.beta,
          choiceTemperature: request.choice_temperature,
          marginalWeight: request.marginal_weight,
          temperature: request.temperature,
          firstTemperatureShare: request.first_temperature_share,
          finalTemperatureShare: request.final_temperature_share,
          finalChoiceShare: request.final_choice_share,
          polishShare: request.polish_share,
          minP: request.min_p,
        };
        if (n > 0) expect(remask(grid, { ...options, step: n + 1, stream, marginals })).toEqual(golden.kept);
        const uniforms = stream.uniforms(1024);
        const hidden = [];
        const seen = opening && isOpening(n + 1, opening, request.passes) ? opening.views : views;
        for (const { cache } of seen) hidden.push((await networks.transformer(grid.codes, cache)).hidden);
        const weights = seen.map(({ weight }) => weight);
        const temperature = passTemperature(n + 1, options);
        const drawn = await networks.head({
          hidden,
          weights,
          codes: grid.codes,
          uniforms,
          temperature,
          minP: options.minP,
        });
        Object.assign(grid, drawn);
        expect([...grid.codes]).toEqual(golden.codes.flat());
      }
      const scored = await networks.transformer(grid.codes, asked);
      expect(1 / (1 + Math.exp(-scored.relevance))).toBeCloseTo(relevance, 4);
      expect(1 / (1 + Math.exp(-scored.fidelity))).toBeCloseTo(fidelity, 4);
    },
  );
});

describe('stage I', () => {
  const golden = readGolden('stage-one.json', stageOne);
  const read = (name: string) => decodePicture(readFileSync(path.join(fixtures, 'goldens', name)));

  it('encodes to the codes Python found in 99.9 % of places', async () => {
    const picture = await read(golden.picture);
    const { codes } = await engine.networks.encode(toModelPixels(picture), picture.width, picture.height);
    const expected = golden.codes.flat(2);
    const same = expected.filter((code, n) => code === codes[n]).length;
    expect(same / expected.length).toBeGreaterThanOrEqual(0.999);
  });

  it('decodes equal codes to within 2 of 255', async () => {
    const expected = await read(golden.decoded);
    const pixels = await engine.networks.decode(Int32Array.from(golden.codes.flat(2)), 16, 16);
    const { data } = fromModelPixels(pixels, 256, 256);
    const worst = data.reduce((most, value, n) => Math.max(most, Math.abs(value - (expected.data[n] ?? 0))), 0);
    expect(worst).toBeLessThanOrEqual(2);
  });

  it('gives a picture back at its own size, whole cells or not', async () => {
    const bytes = readFileSync(path.join(fixtures, 'goldens', golden.picture));
    const options = { signal: new AbortController().signal };
    const whole = await engine.generator.reconstruct(bytes, options);
    expect([whole.width, whole.height, whole.rows, whole.columns]).toEqual([256, 256, 16, 16]);
    const picture = await decodePicture(bytes);
    const { encodeSource } = await import('../../../server/engine/picture.js');
    const odd = await engine.generator.reconstruct(
      await encodeSource(crop(picture, { x: 0, y: 0, width: 101, height: 37 })),
      options,
    );
    expect([odd.width, odd.height, odd.rows, odd.columns]).toEqual([101, 37, 3, 7]);
    expect(psnr(await decodePicture(odd.png), crop(picture, { x: 0, y: 0, width: 101, height: 37 }))).toBeCloseTo(
      odd.psnr,
      6,
    );
  });
});
