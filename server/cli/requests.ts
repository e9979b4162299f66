/** What every command of the line does: requests over files, run by one engine, their pictures written, the times told. */
import { createHash, randomInt } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { countVariants, MAX_SEED, parseRequest, ToileError, type ResolvedRequest } from '../../shared/index.js';
import type { Engine, EngineVariant, Timings } from '../engine/engine.js';
import { describeMachine, engineFlags, withEngine } from './engine.js';
import { readNumber, type readOptions } from './options.js';
import { createProgress, type Progress } from './progress.js';

/** Options that every command takes which makes pictures. */
export const requestFlags = {
  prompt: { type: 'string' },
  reference: { type: 'string', multiple: true },
  scale: { type: 'string' },
  rotation: { type: 'string' },
  repeat: { type: 'string' },
  variants: { type: 'string' },
  seed: { type: 'string' },
  passes: { type: 'string' },
  temperature: { type: 'string' },
  guidance: { type: 'string' },
  emphasis: { type: 'string' },
  candidates: { type: 'string' },
  patience: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
  ...engineFlags,
} as const;

export type RequestFlags = Partial<ReturnType<typeof readOptions<typeof requestFlags>>>;

/** A request with the pictures that it names, and the prefix of its files' names. */
export type Task = { prefix: string; label: string; request: ResolvedRequest; images: Record<string, Uint8Array> };

type Summary = {
  prompt: string | undefined;
  images: string[];
  seeds: number[];
  scores: { relevance: number; fidelity: number }[];
  /** What each was made of, where the request asked for nothing. */
  drawn?: string[];
  /** The last words of a prompt that is longer than the model takes. */
  unheard?: string;
  /** Its words that the model has not learned. */
  unfamiliar?: string[];
  /** All of them are the same picture: nothing of it was the model's to make. */
  alike?: true;
  /** Of each picture on its base: not 0, 0 for patches alone. */
  places: { x: number; y: number; width: number; height: number }[];
  passes: number[];
  /** Of edits: pixels outside the mask that differ from the base. */
  changedOutside?: number[];
  timings: Timings;
};

/** Pictures that requests name, each kept under its asset id. */
export type Images = { add(file: string): Promise<string>; all: Record<string, Uint8Array> };

export function createImages(): Images {
  const all: Record<string, Uint8Array> = {};
  /** By file: a pipe can be read once. */
  const ids = new Map<string, Promise<string>>();

  async function read(file: string): Promise<string> {
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw new ToileError('invalid_request', `${file} can't be read`, { cause });
    });
    const id = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
    all[id] = bytes;
    return id;
  }

  return {
    all,
    add(file) {
      const id = ids.get(file) ?? read(file);
      ids.set(file, id);
      return id;
    },
  };
}

/** A request from the common options and a command's own part of it. @throws ToileError `invalid_request` */
export async function makeTask(
  flags: RequestFlags,
  { images = createImages(), prefix = '', ...own }: { images?: Images; prefix?: string } & Record<string, unknown>,
): Promise<Task> {
  const seen = {
    scale: readNumber('scale', flags.scale),
    rotation: readNumber('rotation', flags.rotation),
    repeat: flags.repeat,
  };
  const references = [];
  for (const file of flags.reference ?? []) references.push({ asset: await images.add(file), ...seen });
  const request = {
    prompt: flags.prompt,
    ...(references.length > 0 ? { references } : {}),
    variants: readNumber('variants', flags.variants),
    seed: readNumber('seed', flags.seed),
    passes: readNumber('passes', flags.passes),
    temperature: readNumber('temperature', flags.temperature),
    guidance: readNumber('guidance', flags.guidance),
    emphasis: readNumber('emphasis', flags.emphasis),
    candidates: readNumber('candidates', flags.candidates),
    patience: readNumber('patience', flags.patience),
    ...own,
  };
  return resolveTask(request, images, prefix);
}

/** @param request as a caller of the API sends it, with the ids of `images` */
export function resolveTask(request: object, images: Images, prefix: string): Task {
  const parsed = parseRequest(request);
  const resolved = { ...parsed, seed: parsed.seed ?? randomInt(MAX_SEED + 1) };
  return { prefix, label: `${prefix}${parsed.prompt ?? nameTask(parsed)}`, request: resolved, images: images.all };
}

function nameTask({ base, mix, vary, references }: ReturnType<typeof parseRequest>): string {
  if (base) return base.expand ? 'expand' : 'edit';
  return mix ? 'mix' : vary ? 'vary' : references ? 'by reference' : 'unconditional';
}

/** Runs tasks one after the other, the model loaded once; writes <prefix><variant>.png and says what it did. */
export async function runTasks(flags: RequestFlags, tasks: Task[], signal: AbortSignal): Promise<void> {
  const out = flags.out ?? 'out';
  await mkdir(out, { recursive: true });
  await withEngine(flags, async (engine, info) => {
    const progress = createProgress();
    const summaries: Summary[] = [];
    for (const task of tasks) summaries.push(await runTask(engine, task, { out, signal, progress }));
    progress.clear();
    if (flags.json) {
      const all = tasks.length === 1 && tasks[0]?.prefix === '' ? summaries[0] : { sets: summaries };
      process.stdout.write(`${JSON.stringify({ ...all, loadMs: info.loadMs, machine: describeMachine(info) })}\n`);
    } else {
      for (const { images, unheard, unfamiliar, alike } of summaries) {
        process.stdout.write(`${images.join('\n')}\n`);
        if (unheard) process.stdout.write(`not heard, as it is more than the model takes: ${unheard}\n`);
        if (alike) process.stdout.write('all alike, as nothing of the garment was cut off\n');
        if (unfamiliar) process.stdout.write(`not learned by the model: ${unfamiliar.join(', ')}\n`);
      }
      process.stdout.write(`${describeTimes(summaries)}, on ${describeMachine(info)}\n`);
    }
  });
}

async function runTask(
  engine: Engine,
  { prefix, label, request, images }: Task,
  { out, signal, progress }: { out: string; signal: AbortSignal; progress: Progress },
): Promise<Summary> {
  const count = countVariants(request);
  const { variants, timings } = await engine.generate(
    { id: label, tenant: 'command-line', request, images },
    {
      signal,
      onProgress: (p) => {
        if (p.type !== 'pass') return;
        progress.show(`${label}: variant ${p.variant + 1} of ${count}, pass ${p.pass} of ${p.passes}`);
      },
    },
  );
  const changedOutside = variants.map((variant) => variant.changedOutside).filter((count) => count !== undefined);
  const { unheard, unfamiliar, alike } = variants[0] ?? {};
  const drawn = variants.map(({ prompt }) => prompt).filter((words) => words !== undefined);
  return {
    prompt: request.prompt,
    ...(drawn.length > 0 ? { drawn } : {}),
    ...(unheard && { unheard }),
    ...(unfamiliar?.length && { unfamiliar }),
    ...(alike && { alike }),
    images: await writeImages(variants, out, prefix),
    seeds: variants.map(({ seed }) => seed),
    scores: variants.map(({ relevance, fidelity }) => ({ relevance, fidelity })),
    places: variants.map(({ x, y, width, height }) => ({ x, y, width, height })),
    passes: variants.map(({ passes }) => passes),
    ...(changedOutside.length > 0 ? { changedOutside } : {}),
    timings,
  };
}

async function writeImages(variants: EngineVariant[], out: string, prefix: string): Promise<string[]> {
  const files = variants.map((_, n) => path.join(out, `${prefix}${n}.png`));
  for (const [n, file] of files.entries()) await writeFile(file, variants[n]?.png ?? new Uint8Array());
  return files;
}

export function describeTimes(summaries: Pick<Summary, 'images' | 'alike' | 'timings'>[]): string {
  // what is alike was made once
  const count = summaries.reduce((sum, { images, alike }) => sum + (alike ? 1 : images.length), 0);
  const mean = (stage: keyof Timings) =>
    (summaries.reduce((sum, { timings }) => sum + timings[stage], 0) / count / 1000).toFixed(2);
  const parts = (['encode', 'condition', 'passes', 'decode', 'pixels'] as const).map((n) => `${n} ${mean(`${n}Ms`)}`);
  return `${mean('totalMs')} s a variant after loading (${parts.join(', ')})`;
}
