/** `toile reconstruct`: pictures through both halves of stage I. */
import { mkdir, readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toToileError, ToileError, type ErrorCode } from '../../shared/index.js';
import { describeMachine, engineFlags, withEngine } from './engine.js';
import { readOptions } from './options.js';
import { createProgress } from './progress.js';

const flags = {
  image: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
  ...engineFlags,
} as const;

/** What is wrong with one picture says nothing of the next. */
const ofPictures: readonly ErrorCode[] = ['invalid_image', 'image_too_large', 'unsupported_media'];

/** Pictures that can't be read are told by name, and the others made all the same; the command fails at its end then. */
export async function reconstructCommand(args: string[], signal: AbortSignal): Promise<void> {
  const options = readOptions(args, flags);
  if (options.image === undefined) {
    throw new ToileError('invalid_request', '--image is needed: a PNG, JPEG or WebP file, or a folder of them');
  }
  const out = options.out ?? 'out';
  const files = await findImages(options.image);
  const pictures = files.map((file) => ({ file, target: path.join(out, `${path.parse(file).name}.png`) }));
  await checkTargets(pictures);
  await mkdir(out, { recursive: true });
  await withEngine(options, async (engine, info) => {
    const progress = createProgress();
    const images = [];
    const failed: { image: string; message: string }[] = [];
    for (const [n, { file, target }] of pictures.entries()) {
      progress.show(`${n + 1} of ${pictures.length}: ${file}`);
      const made = readPicture(file).then((bytes) => engine.reconstruct(bytes, { signal }));
      const found = await made.catch((thrown: unknown) => {
        const { code, message } = toToileError(thrown);
        if (!ofPictures.includes(code)) throw thrown;
        failed.push({ image: file, message });
      });
      if (!found) {
        process.stderr.write(`${file}: ${failed.at(-1)?.message}\n`);
        continue;
      }
      await writeFile(target, found.png);
      images.push({ image: target, psnr: found.psnr, timings: found.timings });
      if (!options.json) process.stdout.write(`${target}: PSNR ${found.psnr.toFixed(2)} dB\n`);
    }
    progress.clear();
    const mean = images.length > 0 ? images.reduce((sum, { psnr }) => sum + psnr, 0) / images.length : null;
    if (options.json) process.stdout.write(`${JSON.stringify({ images, failed, meanPsnr: mean })}\n`);
    else if (mean !== null) {
      process.stdout.write(`mean PSNR ${mean.toFixed(2)} dB over ${images.length}, on ${describeMachine(info)}\n`);
    }
    if (failed.length > 0) {
      const names = failed.map(({ image }) => image).join(', ');
      throw new ToileError('invalid_image', `${failed.length} of ${pictures.length} pictures can't be read: ${names}`);
    }
  });
}

/** @throws ToileError `invalid_image` */
async function readPicture(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new ToileError('invalid_image', `it can't be opened: ${toToileError(cause).message}`, { cause });
  });
}

/** @throws ToileError `invalid_request` where there is none */
async function findImages(target: string): Promise<string[]> {
  const found = await stat(target).catch((cause: unknown) => {
    throw new ToileError('invalid_request', `--image ${target} is not there`, { cause });
  });
  if (!found.isDirectory()) return [target];
  const names = (await readdir(target)).filter((name) => /\.(png|jpe?g|webp)$/i.test(name)).sort();
  if (names.length === 0) throw new ToileError('invalid_request', `--image ${target} holds no PNG, JPEG or WebP file`);
  return names.map((name) => path.join(target, name));
}

/** @throws ToileError `invalid_request` where one would replace another, or a picture that was given */
async function checkTargets(pictures: { file: string; target: string }[]): Promise<void> {
  const given = new Map<string, string>();
  for (const { file } of pictures) given.set(await realpath(file), file);
  const taken = new Map<string, string>();
  for (const { file, target } of pictures) {
    // many file systems take A.png and a.png for one
    const other = taken.get(target.toLowerCase());
    if (other !== undefined) {
      throw new ToileError('invalid_request', `${other} and ${file} would both become ${target}; rename one of them`);
    }
    taken.set(target.toLowerCase(), file);
    const there = await realpath(target).catch(() => undefined);
    const original = there === undefined ? undefined : given.get(there);
    if (original !== undefined) {
      throw new ToileError(
        'invalid_request',
        `${target}, made of ${file}, would replace ${original}; --out shall be another folder`,
      );
    }
  }
}
