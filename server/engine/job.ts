/** A job under way: prepared first, then its variants, which can take turns side by side or one after the other. */
import { ToileError, variantSeed } from '../../shared/index.js';
import type { Batch, Rider } from './batch.js';
import { createDeferred } from './deferred.js';
import type { EngineJob, EngineProgress, EngineResult, EngineVariant } from './engine.js';
import type { Networks } from './networks.js';
import { inOwnWords } from './own-words.js';
import { planPreviews } from './preview.js';
import { createStopwatch } from './stopwatch.js';
import { drawingOf, type Studio } from './studio.js';
import { prepareTask } from './tasks/task.js';
import type { Taker } from './turns.js';
import { makeVariant } from './variant.js';

export type JobOptions = {
  signal: AbortSignal;
  /** Is told when its first turn comes, and waited for: the turn may be the end of the process. */
  onBegun?: () => Promise<void>;
  onProgress: (progress: EngineProgress) => void;
};

/** What goes on a turn at a time: to the end of a pass, or of what comes before and after them. A turn never rejects. */
export type Row = { takeTurn(): Promise<void> };

export type Work = Taker<Row> & {
  signal: AbortSignal;
  result: Promise<EngineResult>;
  /** Gives it up, if it has not ended. */
  cancel(): void;
};

export type Workshop = { studio: Omit<Studio, 'networks'>; batch: Batch; now: () => number };

export function startJob(
  { studio, batch, now }: Workshop,
  { id, tenant, request, images }: EngineJob,
  { signal, onBegun, onProgress }: JobOptions,
): Work {
  const stopwatch = createStopwatch(now, batch.busyMs);
  const variants: EngineVariant[] = [];
  let rows = [createRow(prepare)];
  let ended = false;
  let passes = 0;
  let told = 0;
  const result = createDeferred<EngineResult>();

  function createRow(act: () => Promise<void>): Row {
    return { takeTurn: () => stopwatch.time(act).then(endIfDone, fail) };
  }

  async function prepare(): Promise<void> {
    await onBegun?.();
    const task = await prepareTask({ ...studio, networks: watchNetworks(() => undefined) }, request, images);
    if (ended) return;
    const shown = planPreviews(request.previews, task.looks ?? 0);
    const drawingFor = (onRun: (rows: number) => void) => drawingOf({ ...studio, networks: watchNetworks(onRun) });
    rows = Array.from({ length: task.alike ? 1 : task.variants }, (_, index) => {
      const steps = makeVariant(task, index, { drawingFor, shown });
      const row = createRow(async () => {
        const step = await steps.next();
        if (ended) return;
        if (!step.done) return tell(step.value);
        rows = rows.filter((other) => other !== row);
        if (task.alike) variants.push(...repeat(step.value, task.variants));
        else variants[index] = step.value;
        tellFinished();
      });
      return row;
    });
  }

  function repeat(variant: EngineVariant, times: number): EngineVariant[] {
    return Array.from({ length: times }, (_, index) => {
      return { ...variant, seed: variantSeed(request.seed, index), alike: true };
    });
  }

  function watchNetworks(onRun: (rows: number) => void): Networks {
    const rider: Rider = {
      signal,
      onRun(run) {
        stopwatch.addRun(run);
        onRun(run.rows);
      },
    };
    return stopwatch.watch(batch.networksFor(rider));
  }

  function tell(progress: EngineProgress): void {
    if (progress.type === 'pass') passes++;
    onProgress(progress);
  }

  /** In order of their index, though one that took fewer passes may be done before. */
  function tellFinished(): void {
    for (let variant = variants[told]; variant; variant = variants[told]) {
      tell({ type: 'variant', index: told++, variant });
    }
  }

  function endIfDone(): void {
    if (ended || rows.length > 0) return;
    ended = true;
    result.resolve({ variants, passes, timings: stopwatch.read() });
  }

  function fail(thrown: unknown): void {
    ended = true;
    rows = [];
    result.reject(inOwnWords(thrown));
  }

  return {
    tenant,
    signal,
    result: result.promise,
    rows: () => rows,
    cancel: () => fail(new ToileError('cancelled', `job ${id} was cancelled`)),
  };
}
