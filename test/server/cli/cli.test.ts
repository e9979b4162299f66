/** The command line as a user runs it, on the bundle that ships. */
import { spawn, spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fixtures, root } from '../../support/fixtures.js';

function toile(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [path.join(root, 'dist', 'server', 'cli.js'), ...args]);
  const found = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => (found.stdout += text));
  child.stderr.on('data', (text) => (found.stderr += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...found })));
}

const picture = path.join(fixtures, 'goldens', 'picture.png');
const folder = () => mkdtemp(path.join(os.tmpdir(), 'toile-cli-'));

describe('toile generate', () => {
  it('writes the pictures and says what they are', async () => {
    const out = await folder();
    const args = [
      'generate',
      '--prompt',
      'red t-shirt',
      '--variants',
      '2',
      '--seed',
      '7',
      '--passes',
      '2',
      '--out',
      out,
    ];
    const { code, stdout } = await toile(...args, '--json');
    expect(code).toBe(0);
    expect(await readdir(out)).toEqual(['0.png', '1.png']);
    const told = z
      .object({ images: z.array(z.string()), seeds: z.array(z.int()), timings: z.object({ passesMs: z.number() }) })
      .parse(JSON.parse(stdout));
    expect(told.images).toEqual([path.join(out, '0.png'), path.join(out, '1.png')]);
    expect(told.seeds).toEqual([7, 8]);
    const again = await folder();
    await toile(...args.slice(0, -1), again);
    for (const name of ['0.png', '1.png']) {
      expect(await readFile(path.join(again, name))).toEqual(await readFile(path.join(out, name)));
    }
  });

  it('makes a set of pictures a line of a file', async () => {
    const out = await folder();
    const prompts = path.join(out, 'prompts.txt');
    await writeFile(prompts, 'blue jeans\nblack handbag\n');
    const { code } = await toile(
      'generate',
      '--prompts',
      prompts,
      '--variants',
      '2',
      '--seed',
      '1',
      '--passes',
      '1',
      '--out',
      out,
    );
    expect(code).toBe(0);
    expect(await readdir(out)).toEqual(['0-0.png', '0-1.png', '1-0.png', '1-1.png', 'prompts.txt']);
  });

  it('reads a reference once, however many lines there are', async () => {
    const out = await folder();
    const [prompts, pipe] = [path.join(out, 'prompts.txt'), path.join(out, 'pipe')];
    await writeFile(prompts, 'blue jeans\nblack handbag\nred t-shirt\n');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    const args = ['--prompts', prompts, '--reference', pipe, '--seed', '1', '--passes', '1', '--out', out];
    const [{ code, stderr }] = await Promise.all([
      toile('generate', ...args),
      writeFile(pipe, await readFile(picture)),
    ]);
    expect(stderr).not.toContain('toile:');
    expect(code).toBe(0);
    expect(await readdir(out)).toEqual(expect.arrayContaining(['0-0.png', '1-0.png', '2-0.png']));
  });

  it('says which words the model has not learned', async () => {
    const out = await folder();
    const args = ['generate', '--prompt', 'beige trench coat', '--passes', '1', '--seed', '1', '--out', out];
    expect((await toile(...args)).stdout).toContain('\nnot learned by the model: trench, coat\n');
    expect(JSON.parse((await toile(...args, '--json')).stdout)).toMatchObject({ unfamiliar: ['trench', 'coat'] });
  });
});

describe('toile edit', () => {
  it('says how many pixels outside the mask changed: none', async () => {
    const [out, image] = [await folder(), picture];
    const { width, height } = await sharp(image).metadata();
    const black = sharp({ create: { width, height, channels: 3, background: '#000' } });
    const white = { create: { width: 128, height: 120, channels: 3 as const, background: '#fff' } };
    const mask = path.join(out, 'mask.png');
    await black.composite([{ input: await sharp(white).png().toBuffer(), left: 59, top: 67 }]).toFile(mask);
    const args = ['--image', image, '--mask', mask, '--passes', '1', '--seed', '3', '--out', out, '--json'];
    const { stdout } = await toile('edit', ...args);
    expect(JSON.parse(stdout)).toMatchObject({ changedOutside: [0] });
    // the edge of the mask is left as the codec makes it
    const made = () => readFile(path.join(out, '0.png'));
    const fitted = await made();
    await toile('edit', ...args, '--no-match-seam');
    expect((await made()).equals(fitted)).toBe(false);
  });
});

describe('toile expand', () => {
  it('says that its variants are alike where nothing was cut off', async () => {
    const out = await folder();
    const image = path.join(out, 'image.png');
    const cloth = { create: { width: 40, height: 30, channels: 3 as const, background: '#a33' } };
    const paper = sharp({ create: { width: 96, height: 96, channels: 3, background: '#fafafa' } });
    await paper.composite([{ input: await sharp(cloth).png().toBuffer(), left: 28, top: 33 }]).toFile(image);
    const args = ['--image', image, '--left', '32', '--variants', '2', '--seed', '3', '--out', out];
    const { stdout } = await toile('expand', ...args);
    expect(stdout).toContain('all alike, as nothing of the garment was cut off\n');
    const [first, second] = await Promise.all(['0.png', '1.png'].map((name) => readFile(path.join(out, name))));
    expect(second?.equals(first ?? Buffer.of())).toBe(true);
    expect(JSON.parse((await toile('expand', ...args, '--json')).stdout)).toMatchObject({ alike: true, seeds: [3, 4] });
  });
});

describe('toile reconstruct', () => {
  it('sends a folder through stage I, keeping the names', async () => {
    const out = await folder();
    const { code, stdout } = await toile('reconstruct', '--image', path.join(fixtures, 'goldens'), '--out', out);
    expect(code).toBe(0);
    expect(await readdir(out)).toEqual(['picture-decoded.png', 'picture.png']);
    expect(stdout).toMatch(/mean PSNR [\d.]+ dB over 2/);
  });

  it('names each picture that it can not read, makes the others, and fails at its end', async () => {
    const [image, out] = [await folder(), await folder()];
    for (const name of ['a.png', 'c.png']) await copyFile(picture, path.join(image, name));
    await writeFile(path.join(image, 'b.png'), (await readFile(picture)).subarray(0, 500));
    await writeFile(path.join(image, 'd.webp'), 'no picture');
    const { code, stdout, stderr } = await toile('reconstruct', '--image', image, '--out', out);
    expect(code).toBe(1);
    expect(await readdir(out)).toEqual(['a.png', 'c.png']);
    expect(stdout).toMatch(/mean PSNR [\d.]+ dB over 2,/);
    expect(stderr).toMatch(/b\.png: the picture is damaged or cut short/);
    expect(stderr).toMatch(/toile: 2 of 4 pictures can't be read: \S+b\.png, \S+d\.webp\n$/);
  });

  it('refuses pictures that would become one file, before it makes any', async () => {
    const [image, out] = [await folder(), path.join(await folder(), 'out')];
    for (const name of ['a.jpg', 'a.png']) await copyFile(picture, path.join(image, name));
    const { code, stderr } = await toile('reconstruct', '--image', image, '--out', out);
    expect(code).toBe(2);
    expect(stderr).toMatch(/a\.jpg and \S+a\.png would both become \S+out\/a\.png/);
    await expect(readdir(out)).rejects.toThrow(/ENOENT/);
  });

  it('replaces no picture that it was given, by whatever path', async () => {
    const image = await folder();
    const link = path.join(await folder(), 'link');
    await symlink(image, link);
    const original = path.join(image, 'a.png');
    await copyFile(picture, original);
    for (const args of [
      ['--image', image, '--out', image],
      ['--image', original, '--out', link],
    ]) {
      const { code, stderr } = await toile('reconstruct', ...args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/a\.png, made of \S+a\.png, would replace \S+a\.png; --out/);
    }
    expect(await readFile(original)).toEqual(await readFile(picture));
  });
});

describe('a command that is asked for help', () => {
  it.each([
    [['--help'], /the commands are generate, edit, .*; each has --help/],
    [['generate', '--help'], /the options are --.*--prompt/],
    [['manifest', '--help'], /the options are --host/],
  ])('%j tells what there is and succeeds', async (args, message) => {
    const { code, stdout, stderr } = await toile(...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(message);
    expect(stderr).toBe('');
  });
});

describe('a command that is wrong', () => {
  it.each([
    [['fly'], /no command 'fly'; there are: generate, edit, expand, mix, vary, run, reconstruct/],
    [['mix', '--image', 'a.png'], /two pictures.*got 1/],
    [['edit'], /--image is needed/],
    [['generate', '--colour', 'red'], /--colour.*--prompt/],
    [['generate', '--variants', '9'], /variants = 9.*8/],
    [['generate', '--emphasis', '11'], /emphasis = 11.*10/],
    [['expand', '--image', picture, '--left', '8', '--match-colour', '2'], /matchColour = 2.*1/],
    [['generate', '--variants', 'many'], /--variants takes a number, got 'many'/],
    [['generate', '--prompts', '/nowhere'], /\/nowhere can't be read/],
    [['reconstruct'], /--image is needed/],
    [['reconstruct', '--image', '/nowhere'], /\/nowhere is not there/],
  ])('%j says what is right in one line', async (args, message) => {
    const { code, stderr } = await toile(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('names the bundles there are', async () => {
    const { code, stderr } = await toile('generate', '--bundle', 'nope');
    expect(code).toBe(1);
    expect(stderr).toMatch(/no bundle 'nope'.*garments/);
  });
});
