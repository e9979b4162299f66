/** Passes in int8, on the tiny real bundle: which graphs run, that they are near float32, and that rows stay their own. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBundle, type Bundle } from '../../../server/engine/bundle.js';
import { buildConditionSequence } from '../../../server/engine/condition-sequence.js';
import type { Runtime } from '../../../server/engine/device.js';
import type { BatchNetworks, HeadInput, PassInput } from '../../../server/engine/networks.js';
import { createRandomStream } from '../../../server/engine/random.js';
import { openNetworks } from '../../../server/engine/runtime.js';
import { fixtures } from '../../support/fixtures.js';
import { inFloat32 } from '../../support/in-float32.js';

const cpu = { device: 'cpu', threads: 1 } as const;

let bundle: Bundle;
let int8: BatchNetworks;
let float32: BatchNetworks;
beforeAll(async () => {
  bundle = await loadBundle(fixtures, 'tiny-bundle');
  int8 = (await openNetworks(bundle, cpu)).networks;
  float32 = (await openNetworks(inFloat32(bundle), cpu)).networks;
});
afterAll(async () => {
  await int8.release();
  await float32.release();
});

/** Grids with ever more cells masked, under the same words. */
async function makeRows(count: number): Promise<PassInput[]> {
  const sequence = buildConditionSequence({ text: [3, 5, 8], visuals: [] }, { groups: 4, columns: 16 });
  const cache = await float32.conditions(sequence);
  return Array.from({ length: count }, (_, row) => {
    const drawn = createRandomStream(row, 0).uniforms(1024);
    const codes = Int32Array.from(drawn, (u, at) => ((at >> 2) % (row + 2) === 0 ? 256 : Math.floor(u * 256)));
    return { codes, cache };
  });
}

async function makeDraws(rows: readonly PassInput[]): Promise<HeadInput[]> {
  const looks = await float32.transformer(rows);
  const uniforms = createRandomStream(9, 0).uniforms(1024);
  return rows.map(({ codes }, n) => {
    const hidden = [looks[n]?.hidden ?? new Float32Array(), looks[0]?.hidden ?? new Float32Array()];
    return { hidden, weights: [2, -1], codes, uniforms, temperature: 1, minP: 0.1 };
  });
}

/** Mean distance over the expected values' mean size. */
function distance(found: Float32Array, expected: Float32Array): number {
  const sum = (of: (value: number, at: number) => number) =>
    expected.reduce((all, value, at) => all + of(value, at), 0);
  return sum((value, at) => Math.abs(value - (found[at] ?? NaN))) / sum((value) => Math.abs(value));
}

describe('a pass in int8', () => {
  it('is near the same in float32, and not equal', async () => {
    const rows = await makeRows(1);
    const [[found], [expected]] = [await int8.transformer(rows), await float32.transformer(rows)];
    if (!found || !expected) throw new Error('a run of one row gave none');
    expect(distance(found.hidden, expected.hidden)).toBeGreaterThan(0);
    expect(distance(found.hidden, expected.hidden)).toBeLessThan(0.01);
    expect(found.relevance).toBeCloseTo(expected.relevance, 2);
    expect(found.fidelity).toBeCloseTo(expected.fidelity, 2);
  });

  it('finds tokens about as likely as float32 does', async () => {
    // nothing is masked, so that both judge the same tokens
    const draws = (await makeDraws(await makeRows(1))).map((draw) => ({
      ...draw,
      codes: draw.codes.map((c) => c % 256),
    }));
    const [[found], [expected]] = [await int8.head(draws), await float32.head(draws)];
    if (!found || !expected) throw new Error('a run of one row gave none');
    expect(found.codes).toEqual(expected.codes);
    expect(distance(found.logProb, expected.logProb)).toBeGreaterThan(0);
    expect(distance(found.logProb, expected.logProb)).toBeLessThan(0.01);
  });

  it('gives each row what it gives it alone, byte for byte', async () => {
    const rows = await makeRows(3);
    const together = await int8.transformer(rows);
    for (const [n, row] of rows.entries()) expect([together[n]]).toEqual(await int8.transformer([row]));
    const draws = await makeDraws(rows);
    const drawn = await int8.head(draws);
    for (const [n, draw] of draws.entries()) expect([drawn[n]]).toEqual(await int8.head([draw]));
  });
});

describe('the graphs of a pass', () => {
  async function listOpened(given: Bundle, device: 'cpu' | 'cuda') {
    const opened: string[] = [];
    const runtime: Runtime = {
      listSupportedBackends: () => [{ name: 'cpu' }, { name: 'cuda' }],
      InferenceSession: {
        async create(file) {
          opened.push(path.basename(file));
          return { run: () => Promise.reject(new Error('not scripted')), release: () => Promise.resolve() };
        },
      },
    };
    const { choice } = await openNetworks(given, { device, threads: 1 }, runtime);
    return { reason: choice.reason, pass: opened.slice(-2) };
  }

  it('are those in int8 on a processor, which is told', async () => {
    expect(await listOpened(bundle, 'cpu')).toEqual({
      reason: 'as asked; passes in int8',
      pass: ['transformer-int8.onnx', 'head-int8.onnx'],
    });
  });

  it('are those in float32 on any other device', async () => {
    expect(await listOpened(bundle, 'cuda')).toEqual({ reason: 'as asked', pass: ['transformer.onnx', 'head.onnx'] });
  });

  it('are those in float32 where an older bundle has no others', async () => {
    const old = inFloat32(bundle);
    expect(await listOpened(old, 'cpu')).toEqual({ reason: 'as asked', pass: ['transformer.onnx', 'head.onnx'] });
  });
});

describe('a bundle on disk', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'toile-int8-'));
    await cp(path.join(fixtures, 'tiny-bundle'), path.join(folder, 'ours'), { recursive: true });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is refused where a graph in int8 has changed', async () => {
    const before = await loadBundle(folder, 'ours');
    expect(before.model.files.transformer_int8?.path).toBe('transformer-int8.onnx');
    await writeFile(path.join(folder, 'ours', 'transformer-int8.onnx'), 'another program');
    await expect(loadBundle(folder, 'ours')).rejects.toMatchObject({
      code: 'broken_bundle',
      message: expect.stringMatching(/transformer-int8\.onnx has checksum/),
    });
  });

  it('loads without graphs in int8, as older ones are', async () => {
    const old = path.join(folder, 'old');
    await cp(path.join(fixtures, 'tiny-bundle'), old, { recursive: true });
    await writeFile(path.join(old, 'model.json'), JSON.stringify(inFloat32(bundle).model));
    for (const name of ['transformer-int8.onnx', 'head-int8.onnx']) await rm(path.join(old, name));
    const { networks, choice } = await openNetworks(await loadBundle(folder, 'old'), cpu);
    expect(choice).toEqual({ device: 'cpu', reason: 'as asked' });
    const rows = await makeRows(1);
    expect(await networks.transformer(rows)).toEqual(await float32.transformer(rows));
    await networks.release();
  });
});
