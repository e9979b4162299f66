/** `toile generate`: words to PNG files. */
import { randomInt } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MAX_SEED, parseRequest, ToileError, type ResolvedRequest } from '../../shared/index.js';
import type { Engine, EngineResult, Timings } from '../engine/engine.js';
import { describeMachine, engineFlags, withEngine } from './engine.js';
import { readNumber, readOptions } from './options.js';
import { createProgress, type Progress } from './progress.js';

const flags = {
  prompt: { type: 'string' },
  prompts: { type: 'string' },
  variants: { type: 'string' },
  seed: { type: 'string' },
  passes: { type: 'string' },
  temperature: { type: 'string' },
  guidance: { type: 'string' },
  candidates: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
  ...engineFlags,
} as const;

type Flags = ReturnType<typeof readOptions<typeof flags>>;

/** A request with the prefix of its files' names. */
type Task = { prefix: string; request: ResolvedRequest };

type Summary = {
  prompt: string | undefined;
  images: string[];
  seeds: number[];
  scores: { relevance: number; fidelity: number }[];
  timings: Timings;
};

export async function generateCommand(args: string[], signal: AbortSignal): Promise<void> {
  const options = readOptions(args, flags);
  const out = options.out ?? 'out';
  const tasks = await readTasks(options);
  await mkdir(out, { recursive: true });
  await withEngine(options, async (engine, info) => {
    const progress = createProgress();
    const summaries: Summary[] = [];
    for (const task of tasks) summaries.push(await generateOne(engine, task, { out, signal, progress }));
    progress.clear();
    if (options.json) {
      const all = options.prompts === undefined ? summaries[0] : { sets: summaries };
      process.stdout.write(`${JSON.stringify({ ...all, loadMs: info.loadMs, machine: describeMachine(info) })}\n`);
    } else {
      for (const { images } of summaries) process.stdout.write(`${images.join('\n')}\n`);
      process.stdout.write(`${describeTimes(summaries)}, on ${describeMachine(info)}\n`);
    }
  });
}

async function readTasks(options: Flags): Promise<Task[]> {
  if (options.prompt !== undefined && options.prompts !== undefined) {
    throw new ToileError('invalid_request', '--prompt and --prompts exclude each other');
  }
  const make = (prompt: string | undefined, prefix: string): Task => {
    const request = parseRequest({
      prompt,
      variants: readNumber('variants', options.variants),
      seed: readNumber('seed', options.seed) ?? randomInt(MAX_SEED + 1),
      passes: readNumber('passes', options.passes),
      temperature: readNumber('temperature', options.temperature),
      guidance: readNumber('guidance', options.guidance),
      candidates: readNumber('candidates', options.candidates),
    });
    return { prefix, request: { ...request, seed: request.seed ?? 0 } };
  };
  if (options.prompts === undefined) return [make(options.prompt, '')];
  const file = options.prompts;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ToileError('invalid_request', `--prompts ${file} can't be read`, { cause });
  });
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  return lines.map((line, n) => make(line, `${n}-`));
}

async function generateOne(
  engine: Engine,
  { prefix, request }: Task,
  { out, signal, progress }: { out: string; signal: AbortSignal; progress: Progress },
): Promise<Summary> {
  const label = `${prefix}${request.prompt ?? 'unconditional'}`;
  const result = await engine.generate(
    { id: label, request, images: {} },
    {
      signal,
      onProgress: (p) => {
        if (p.type !== 'pass') return;
        progress.show(`${label}: variant ${p.variant + 1} of ${request.variants}, pass ${p.pass} of ${p.passes}`);
      },
    },
  );
  return { prompt: request.prompt, ...(await writeImages(result, path.join(out, prefix))), timings: result.timings };
}

async function writeImages({ variants }: EngineResult, prefix: string): Promise<Omit<Summary, 'prompt' | 'timings'>> {
  const images = [];
  for (const [n, variant] of variants.entries()) {
    // path.join drops the separator where the prefix is a folder alone
    const file = prefix.endsWith('-') ? `${prefix}${n}.png` : path.join(prefix, `${n}.png`);
    await writeFile(file, variant.png);
    images.push(file);
  }
  return {
    images,
    seeds: variants.map(({ seed }) => seed),
    scores: variants.map(({ relevance, fidelity }) => ({ relevance, fidelity })),
  };
}

function describeTimes(summaries: Summary[]): string {
  const count = summaries.reduce((sum, { images }) => sum + images.length, 0);
  const mean = (stage: keyof Timings) => summaries.reduce((sum, { timings }) => sum + timings[stage], 0) / count / 1000;
  const parts = `conditions ${mean('conditionMs').toFixed(3)}, passes ${mean('passesMs').toFixed(2)}, decode ${mean('decodeMs').toFixed(2)}`;
  return `${mean('totalMs').toFixed(2)} s a variant after loading (${parts})`;
}
