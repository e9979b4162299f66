import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadBundle, summariseBundles } from '../../../server/engine/bundle.js';
import { fixtures } from '../../support/fixtures.js';

let elsewhere: string;
let folder: string;
let sha256: string;
beforeAll(async () => {
  elsewhere = await mkdtemp(path.join(os.tmpdir(), 'toile-elsewhere-'));
  folder = path.join(elsewhere, 'ours');
  await cp(path.join(fixtures, 'tiny-bundle'), folder, { recursive: true });
  const description = await readFile(path.join(folder, 'model.json'));
  sha256 = createHash('sha256').update(description).digest('hex');
});
afterAll(() => rm(elsewhere, { recursive: true }));

describe('a bundle from elsewhere', () => {
  it('runs where the digest of its model.json is known', async () => {
    expect(await loadBundle(fixtures, folder, sha256)).toMatchObject({ folder, model: { name: 'tiny-bundle' } });
  });

  it('is refused without a digest, and the one it has is named', async () => {
    await expect(loadBundle(fixtures, folder)).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringMatching(new RegExp(`'${folder}'.*TOILE_BUNDLE_SHA256.*${sha256}$`)),
    });
  });

  it('is refused with the digest of another, and both are named', async () => {
    const other = '0'.repeat(64);
    await expect(loadBundle(fixtures, folder, other)).rejects.toMatchObject({
      code: 'broken_bundle',
      message: expect.stringMatching(new RegExp(`${sha256}.*TOILE_BUNDLE_SHA256 is ${other}`)),
    });
  });

  it('is refused where a file has changed, though its model.json has not', async () => {
    const spoilt = path.join(elsewhere, 'spoilt');
    await cp(folder, spoilt, { recursive: true });
    await writeFile(path.join(spoilt, 'head.onnx'), 'another program');
    await expect(loadBundle(fixtures, spoilt, sha256)).rejects.toMatchObject({
      code: 'broken_bundle',
      message: expect.stringMatching(/head\.onnx has checksum/),
    });
  });

  it('is refused where there is none', async () => {
    await expect(loadBundle(fixtures, path.join(elsewhere, 'nope'), sha256)).rejects.toMatchObject({
      code: 'broken_bundle',
      message: expect.stringMatching(/nope' is broken: model\.json can't be read/),
    });
  });

  it('is listed beside those that come with the program, as the one that runs', async () => {
    const summaries = await summariseBundles(fixtures, await loadBundle(fixtures, folder, sha256));
    expect(summaries.map(({ name, loaded, problem }) => ({ name, loaded, problem }))).toEqual([
      { name: 'tiny-bundle', loaded: true, problem: undefined },
      { name: 'tiny-bundle', loaded: false, problem: undefined },
    ]);
  });
});

describe('a bundle whose defaults no request could ask for', () => {
  it.each([{ passes: 0 }, { passes: 33 }, { temperature: -3 }, { alpha: 7 }, { guidance: 11 }, { candidates: 9 }])(
    'is refused: %j',
    async (wrong) => {
      const spoilt = await mkdtemp(path.join(elsewhere, 'wrong-'));
      await cp(folder, spoilt, { recursive: true });
      const { model } = await loadBundle(fixtures, folder, sha256);
      const text = JSON.stringify({ ...model, smart: { ...model.smart, ...wrong } });
      await writeFile(path.join(spoilt, 'model.json'), text);
      const digest = createHash('sha256').update(text).digest('hex');
      await expect(loadBundle(fixtures, spoilt, digest)).rejects.toMatchObject({
        code: 'broken_bundle',
        message: expect.stringMatching(new RegExp(`model\\.json, smart\\.${Object.keys(wrong)[0]}: `)),
      });
    },
  );
});

describe('the checksum of a bundle', () => {
  /** Of the bundle with that much of its model.json replaced, and a file of it where one is named. */
  async function checksumWith(change: object, file?: { key: string; path: string; data: string }): Promise<string> {
    const other = await mkdtemp(path.join(elsewhere, 'other-'));
    await cp(folder, other, { recursive: true });
    const model = z
      .looseObject({ files: z.looseObject({}) })
      .parse(JSON.parse(await readFile(path.join(folder, 'model.json'), 'utf8')));
    const hash = (data: string) => createHash('sha256').update(data).digest('hex');
    if (file) {
      await writeFile(path.join(other, file.path), file.data);
      Object.assign(model.files[file.key] ?? {}, { sha256: hash(file.data) });
    }
    const text = JSON.stringify({ ...model, ...change });
    await writeFile(path.join(other, 'model.json'), text);
    return (await loadBundle(fixtures, other, hash(text))).checksum;
  }

  it('is the same under another name, and with other figures and captions', async () => {
    const { checksum } = await loadBundle(fixtures, folder, sha256);
    expect(checksum).toMatch(/^[a-f0-9]{64}$/);
    expect(await checksumWith({ name: 'renamed', title: 'Renamed', figures: { psnr: 1 } })).toBe(checksum);
    const captions = { key: 'captions', path: 'captions.json', data: '[["blue shirt", 1]]' };
    expect(await checksumWith({}, captions)).toBe(checksum);
  });

  it('is another one with another network, and where another choice is made by default', async () => {
    const { checksum, model } = await loadBundle(fixtures, folder, sha256);
    expect(await checksumWith({}, { key: 'head', path: 'head.onnx', data: 'another network' })).not.toBe(checksum);
    expect(await checksumWith({ smart: { ...model.smart, guidance: 7 } })).not.toBe(checksum);
  });

  it.each([
    { weight: 0, differ: false },
    { weight: 0.5, differ: true },
  ])('differs with the marginals where they weigh $weight: $differ', async ({ weight, differ }) => {
    const { model } = await loadBundle(fixtures, folder, sha256);
    const smart = { ...model.smart, marginal_weight: weight };
    const marginals = model.marginals.map((group) => group.toReversed());
    expect((await checksumWith({ smart, marginals })) !== (await checksumWith({ smart }))).toBe(differ);
  });
});

describe('a bundle that comes with the program', () => {
  it('is held to a digest where one is given', async () => {
    const own = await readFile(path.join(fixtures, 'tiny-bundle', 'model.json'));
    const digest = createHash('sha256').update(own).digest('hex');
    expect(await loadBundle(fixtures, 'tiny-bundle', digest)).toMatchObject({ model: { name: 'tiny-bundle' } });
    await expect(loadBundle(fixtures, 'tiny-bundle', '1'.repeat(64))).rejects.toMatchObject({ code: 'broken_bundle' });
  });

  it('is listed first where it runs, and last, with the reason, where it is broken', async () => {
    for (const name of ['a-broken', 'm-running', 'z-sound']) {
      await cp(path.join(fixtures, 'tiny-bundle'), path.join(elsewhere, 'several', name), { recursive: true });
    }
    const several = path.join(elsewhere, 'several');
    await writeFile(path.join(several, 'a-broken', 'head.onnx'), 'another program');
    const summaries = await summariseBundles(several, await loadBundle(several, 'm-running'));
    expect(summaries.map(({ loaded, problem }) => ({ loaded, problem }))).toEqual([
      { loaded: true, problem: undefined },
      { loaded: false, problem: undefined },
      { loaded: false, problem: expect.stringMatching(/head\.onnx has checksum/) },
    ]);
    expect(summaries.slice(1).map(({ name }) => name)).toEqual(['z-sound', 'a-broken']);
  });

  it('is listed once', async () => {
    const summaries = await summariseBundles(fixtures, await loadBundle(fixtures, 'tiny-bundle'));
    expect(summaries).toMatchObject([{ name: 'tiny-bundle', loaded: true }]);
  });
});
