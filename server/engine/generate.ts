/**
 * What happens in the engine: requests become rows, rows take turns pass by pass, finished grids become pictures.
 *
 * One row runs at a time. Jobs take turns between passes, so that one job's many variants don't hold up another's first,
 * and a cancelled job's rows are dropped before their next pass.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ToileError, toToileError, variantSeed, type BundleModel, type ResolvedRequest } from '../../shared/index.js';
import { buildConditionSequence } from './condition-sequence.js';
import type {
  EngineJob,
  EngineProgress,
  EngineReconstruction,
  EngineResult,
  EngineVariant,
  Timings,
} from './engine.js';
import * as pictures from './picture.js';
import { createRandomStream, type RandomStream } from './random.js';
import type { ConditionCache, Networks } from './runtime.js';
import { candidateScore, createSmartGrid, remask, type SmartGrid, type SmartOptions } from './smart.js';
import type { TextTokenizer } from './tokenizer.js';

export type Generator = {
  generate(job: EngineJob, options: JobOptions): Promise<EngineResult>;
  reconstruct(image: Uint8Array): Promise<EngineReconstruction>;
  /** Resolves when the pass under way has ended; jobs that are not done are rejected as cancelled. */
  stop(): Promise<void>;
};

export type JobOptions = { signal: AbortSignal; onProgress: (progress: EngineProgress) => void };

type Parts = { networks: Networks; model: BundleModel; tokenizer: TextTokenizer; now?: () => number };

/** A finished grid with what the estimators say of it. */
type Scored = { codes: Int32Array; relevance: number; fidelity: number };

/** One candidate of one variant, between two passes. */
type Row = { seed: number; grid: SmartGrid; stream: RandomStream; step: number };

type Work = {
  job: EngineJob;
  options: JobOptions;
  sampling: Sampling;
  /** Text and, for guidance, the unconditional sequence; absent until the job's first turn. */
  caches?: ConditionCache[];
  variants: EngineVariant[];
  candidate: number;
  best?: Scored;
  row?: Row;
  timings: Timings;
  startedAt: number;
  resolve: (result: EngineResult) => void;
  reject: (error: ToileError) => void;
};

type Sampling = SmartOptions & { temperature: number; guidance: number; candidates: number };

export function createGenerator(parts: Parts): Generator {
  const { networks, model } = parts;
  const now = parts.now ?? (() => performance.now());
  const queue: Work[] = [];
  let running: Promise<void> | undefined;
  let stopped = false;

  async function run(): Promise<void> {
    for (let work = queue.shift(); work; work = queue.shift()) {
      // lets cancellations and new jobs in: a pass blocks the event loop
      await nextTurn();
      if (stopped || work.options.signal.aborted) {
        work.reject(new ToileError('cancelled', `job ${work.job.id} was cancelled`));
        continue;
      }
      try {
        if (await takeTurn(parts, work, now)) queue.push(work);
        else work.resolve({ variants: work.variants, timings: finish(work, now) });
      } catch (thrown) {
        work.reject(toToileError(thrown, 'engine_failed'));
      }
    }
    running = undefined;
  }

  return {
    generate: (job, options) =>
      new Promise((resolve, reject) => {
        const refusal = stopped ? new ToileError('cancelled', 'the engine is closing') : refuse(job.request, model);
        if (refusal) return reject(refusal);
        const sampling = resolveSampling(job.request, model);
        const timings = { encodeMs: 0, conditionMs: 0, passesMs: 0, decodeMs: 0, totalMs: 0 };
        queue.push({
          job,
          options,
          sampling,
          variants: [],
          candidate: 0,
          timings,
          startedAt: now(),
          resolve,
          reject,
        });
        running ??= run();
      }),
    reconstruct: (image) => reconstruct(networks, model, image, now),
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** One turn of a job: one pass of its current row. Returns whether there is more to do. */
async function takeTurn(parts: Parts, work: Work, now: () => number): Promise<boolean> {
  const { request } = work.job;
  work.caches ??= await timed(work, 'conditionMs', now, () => encodeConditions(parts, request.prompt, work.sampling));
  work.row ??= startRow(parts.model, variantSeed(request.seed, work.variants.length), work.candidate);
  const row = work.row;
  await timed(work, 'passesMs', now, () => runPass(parts, row, work));
  work.options.onProgress({
    type: 'pass',
    variant: work.variants.length,
    pass: work.candidate * work.sampling.passes + row.step,
    passes: work.sampling.passes * work.sampling.candidates,
  });
  if (row.step < work.sampling.passes) return true;

  const scored = await timed(work, 'passesMs', now, () => score(parts, row, work));
  if (!work.best || candidateScore(scored) > candidateScore(work.best)) work.best = scored;
  delete work.row;
  work.candidate++;
  if (work.candidate < work.sampling.candidates) return true;

  const best = work.best;
  const png = await timed(work, 'decodeMs', now, () => render(parts, best.codes));
  const size = parts.model.image.size;
  const variant: EngineVariant = {
    png,
    seed: row.seed,
    relevance: best.relevance,
    fidelity: best.fidelity,
    passes: work.sampling.passes,
    width: size,
    height: size,
  };
  work.options.onProgress({ type: 'variant', index: work.variants.length, variant });
  work.variants.push(variant);
  work.candidate = 0;
  delete work.best;
  return work.variants.length < request.variants;
}

/** Mask step and predict step of the row's next pass (§3.2). */
async function runPass({ networks, model }: Parts, row: Row, { caches = [], sampling }: Work): Promise<void> {
  const { grid, stream } = row;
  row.step++;
  if (row.step > 1) remask(grid, { ...sampling, step: row.step, stream, marginals: model.marginals });
  const uniforms = stream.uniforms(grid.codes.length);
  const hidden = [];
  for (const cache of caches) hidden.push((await networks.transformer(grid.codes, cache)).hidden);
  const weights = caches.length > 1 ? [1 + sampling.guidance, -sampling.guidance] : [1];
  const drawn = await networks.head({
    hidden,
    weights,
    codes: grid.codes,
    uniforms,
    temperature: sampling.temperature,
  });
  grid.codes = drawn.codes;
  grid.logProb = drawn.logProb;
}

/** The estimators' word on a filled grid. */
async function score({ networks }: Parts, row: Row, { caches = [] }: Work): Promise<Scored> {
  const [cache] = caches;
  if (!cache) throw new ToileError('internal', 'a row was scored before its conditions were encoded');
  const { relevance, fidelity } = await networks.transformer(row.grid.codes, cache);
  return { codes: row.grid.codes, relevance: sigmoid(relevance), fidelity: sigmoid(fidelity) };
}

async function encodeConditions(
  { networks, model, tokenizer }: Parts,
  prompt: string | undefined,
  { guidance }: Sampling,
): Promise<ConditionCache[]> {
  const text = tokenizer.encode(prompt ?? '');
  const { groups } = model.codebook;
  const caches = [await networks.conditions(buildConditionSequence(text, groups))];
  if (guidance > 0 && text.length > 0) caches.push(await networks.conditions(buildConditionSequence([], groups)));
  return caches;
}

function startRow(model: BundleModel, seed: number, candidate: number): Row {
  const cells = model.grid.size ** 2;
  const { groups } = model.codebook;
  const grid = createSmartGrid({
    base: new Int32Array(cells * groups),
    editable: Int32Array.from({ length: cells }, (_, cell) => cell),
    groups,
    maskCode: model.transformer.mask_code,
  });
  return { seed, grid, stream: createRandomStream(seed, candidate), step: 0 };
}

/** Codes (cells, groups) -> PNG */
async function render({ networks, model }: Parts, codes: Int32Array): Promise<Uint8Array> {
  const side = model.grid.size;
  const planes = toPlanes(codes, model.codebook.groups);
  const pixels = await networks.decode(planes, side, side);
  return pictures.encodePng(pictures.fromModelPixels(pixels, side * model.grid.cell, side * model.grid.cell));
}

async function reconstruct(
  networks: Networks,
  model: BundleModel,
  image: Uint8Array,
  now: () => number,
): Promise<EngineReconstruction> {
  const startedAt = now();
  const picture = await pictures.decodePicture(image);
  const { cell } = model.grid;
  const padded = pictures.padToCells(picture, cell);
  const [rows, columns] = [padded.height / cell, padded.width / cell];
  const encodeAt = now();
  const planes = await networks.encode(pictures.toModelPixels(padded), padded.width, padded.height);
  const decodeAt = now();
  const pixels = await networks.decode(planes, rows, columns);
  const decoded = pictures.fromModelPixels(pixels, padded.width, padded.height);
  const output = pictures.crop(decoded, picture.width, picture.height);
  const png = await pictures.encodePng(output);
  return {
    png,
    codes: fromPlanes(planes, model.codebook.groups),
    rows,
    columns,
    psnr: pictures.psnr(picture, output),
    width: picture.width,
    height: picture.height,
    timings: {
      encodeMs: decodeAt - encodeAt,
      conditionMs: 0,
      passesMs: 0,
      decodeMs: now() - decodeAt,
      totalMs: now() - startedAt,
    },
  };
}

/** (cells, groups) -> (groups, cells) */
function toPlanes(codes: Int32Array, groups: number): Int32Array {
  const cells = codes.length / groups;
  return Int32Array.from(codes, (_, at) => codes[(at % cells) * groups + Math.floor(at / cells)] ?? 0);
}

/** (groups, cells) -> (cells, groups) */
function fromPlanes(planes: Int32Array, groups: number): Int32Array {
  return toPlanes(planes, planes.length / groups);
}

/** What the request leaves open, the bundle's defaults fill. */
function resolveSampling(request: ResolvedRequest, { smart }: BundleModel): Sampling {
  return {
    passes: request.passes ?? smart.passes,
    alpha: smart.alpha,
    beta: smart.beta,
    temperature: request.temperature ?? smart.temperature,
    guidance: request.guidance ?? smart.guidance,
    candidates: request.candidates ?? smart.candidates,
    choiceTemperature: smart.choice_temperature,
    marginalWeight: smart.marginal_weight,
  };
}

/** Why a request can't be served, if it can't. */
export function refuse(request: ResolvedRequest, model: BundleModel): ToileError | undefined {
  const asked = (['base', 'mix', 'vary', 'references'] as const).filter((name) => request[name] !== undefined);
  if (asked.length > 0) {
    return new ToileError(
      'unsupported_condition',
      `${asked.join(' and ')} can't be served by this version; it makes pictures from a prompt, or from nothing`,
      { details: { asked, served: ['prompt'] } },
    );
  }
  if (request.bundle !== undefined && request.bundle !== model.name) {
    return new ToileError('unknown_bundle', `bundle '${request.bundle}' is not loaded; '${model.name}' is`);
  }
  return undefined;
}

function finish(work: Work, now: () => number): Timings {
  return { ...work.timings, totalMs: now() - work.startedAt };
}

async function timed<T>(work: Work, stage: keyof Timings, now: () => number, act: () => Promise<T>): Promise<T> {
  const startedAt = now();
  const result = await act();
  work.timings[stage] += now() - startedAt;
  return result;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
