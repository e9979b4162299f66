/**
 * What happens in the engine: requests become tasks, tasks take turns pass by pass, finished grids become pictures.
 *
 * One pass runs at a time. Jobs take turns between passes, so that one job's many variants don't hold up another's first,
 * and a cancelled job is dropped before its next pass.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ToileError, toToileError, type BundleModel, type ResolvedRequest } from '../../shared/index.js';
import type {
  EngineJob,
  EngineProgress,
  EngineReconstruction,
  EngineResult,
  EngineVariant,
  Timings,
} from './engine.js';
import * as pictures from './picture.js';
import { fitPreview, planPreviews } from './preview.js';
import { timeNetworks, toPicture, toTokens, type Studio } from './studio.js';
import { prepareTask } from './tasks/task.js';

export type Generator = {
  generate(job: EngineJob, options: JobOptions): Promise<EngineResult>;
  reconstruct(image: Uint8Array): Promise<EngineReconstruction>;
  /** Resolves when the pass under way has ended; jobs that are not done are rejected as cancelled. */
  stop(): Promise<void>;
};

export type JobOptions = { signal: AbortSignal; onProgress: (progress: EngineProgress) => void };

/** A job under way: each `next` is one turn. */
type Work = {
  id: string;
  options: JobOptions;
  turns: AsyncGenerator<EngineProgress, EngineResult>;
  resolve: (result: EngineResult) => void;
  reject: (error: ToileError) => void;
};

export function createGenerator(studio: Studio, now = () => performance.now()): Generator {
  const queue: Work[] = [];
  let running: Promise<void> | undefined;
  let stopped = false;

  async function run(): Promise<void> {
    for (let work = queue.shift(); work; work = queue.shift()) {
      // lets cancellations and new jobs in: a pass blocks the event loop
      await nextTurn();
      if (stopped || work.options.signal.aborted) {
        work.reject(new ToileError('cancelled', `job ${work.id} was cancelled`));
        continue;
      }
      try {
        const turn = await work.turns.next();
        if (turn.done) {
          work.resolve(turn.value);
          continue;
        }
        work.options.onProgress(turn.value);
        queue.push(work);
      } catch (thrown) {
        work.reject(toToileError(thrown, 'engine_failed'));
      }
    }
    running = undefined;
  }

  return {
    generate: (job, options) =>
      new Promise((resolve, reject) => {
        const refusal = stopped
          ? new ToileError('cancelled', 'the engine is closing')
          : refuse(job.request, studio.model);
        if (refusal) return reject(refusal);
        queue.push({ id: job.id, options, turns: runJob(studio, job, now), resolve, reject });
        running ??= run();
      }),
    reconstruct: (image) => reconstruct(studio, image, now),
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** A job from its pictures to its variants, with a pause after every pass and every preview. */
async function* runJob(
  { networks, ...rest }: Studio,
  { request, images }: EngineJob,
  now: () => number,
): AsyncGenerator<EngineProgress, EngineResult> {
  const startedAt = now();
  const timings = noTimings();
  // counts what pictures take beside the networks, while this job has its turn
  let turnAt = now();
  const endTurn = () => (timings.pixelsMs += now() - turnAt);
  async function* pause(progress: EngineProgress): AsyncGenerator<EngineProgress, void> {
    endTurn();
    yield progress;
    turnAt = now();
  }
  const studio = { ...rest, networks: timeNetworks(networks, timings, now) };
  const task = await prepareTask(studio, request, images);
  const shown = planPreviews(request.previews, task.looks ?? 0);
  const variants: EngineVariant[] = [];
  let ran = 0;
  for (let index = 0; index < task.variants; index++) {
    const passes = task.make(index);
    let [pass, looks] = [0, 0];
    for (;;) {
      const step = await passes.next();
      if (step.done) {
        const { source, ...made } = step.value;
        const { width, height } = source;
        const variant = { ...made, width, height, png: await pictures.encodeSource(source) };
        variants.push(variant);
        yield* pause({ type: 'variant', index, variant });
        break;
      }
      pass++;
      ran++;
      yield* pause({ type: 'pass', variant: index, pass, passes: task.passes });
      const look = step.value;
      if (typeof look !== 'function' || !shown.has(++looks)) continue;
      const picture = await look();
      const { width, height } = fitPreview(picture);
      const jpeg = await pictures.encodeJpeg(await pictures.resize(picture, width, height));
      yield* pause({ type: 'preview', variant: index, pass, jpeg });
    }
  }
  endTurn();
  const { encodeMs, conditionMs, passesMs, decodeMs } = timings;
  timings.pixelsMs -= encodeMs + conditionMs + passesMs + decodeMs;
  return { variants, passes: ran, timings: { ...timings, totalMs: now() - startedAt } };
}

async function reconstruct(
  { networks, ...rest }: Studio,
  image: Uint8Array,
  now: () => number,
): Promise<EngineReconstruction> {
  const startedAt = now();
  const timings = noTimings();
  const studio = { ...rest, networks: timeNetworks(networks, timings, now) };
  const picture = await pictures.decodePicture(image);
  const { cell } = studio.model.grid;
  const padded = pictures.padToCells(picture, cell);
  const [rows, columns] = [padded.height / cell, padded.width / cell];
  const codes = await toTokens(studio, padded);
  const decoded = await toPicture(studio, codes, rows, columns);
  const output = pictures.crop(decoded, { x: 0, y: 0, width: picture.width, height: picture.height });
  const png = await pictures.encodeSource(output);
  const totalMs = now() - startedAt;
  return {
    png,
    codes,
    rows,
    columns,
    psnr: pictures.psnr(picture, output),
    width: picture.width,
    height: picture.height,
    timings: { ...timings, totalMs, pixelsMs: totalMs - timings.encodeMs - timings.decodeMs },
  };
}

function noTimings(): Timings {
  return { encodeMs: 0, conditionMs: 0, passesMs: 0, decodeMs: 0, pixelsMs: 0, totalMs: 0 };
}

/** Why a request can't be served, if it can't. */
function refuse(request: ResolvedRequest, model: BundleModel): ToileError | undefined {
  if (request.bundle !== undefined && request.bundle !== model.name) {
    return new ToileError('unknown_bundle', `bundle '${request.bundle}' is not loaded; '${model.name}' is`);
  }
  return undefined;
}
