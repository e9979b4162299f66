/** From the queue to the engine and back: a job's pictures become assets before its events name them. */
import type { Logger } from 'pino';
import {
  countVariants,
  createProgress,
  listAssets,
  toToileError,
  type ErrorCode,
  type JobEvent,
  type JobVariant,
} from '../shared/index.js';
import type { Engine, EngineProgress } from './engine/engine.js';
import type { Metrics } from './metrics.js';
import { TAKEN_OVER, type Handler } from './queue/queue.js';
import type { Assets } from './store/assets.js';
import { waitOutStore, type WaitOutOptions } from './store/wait-out.js';

type Parts = {
  engine: Engine;
  assets: Assets;
  metrics: Metrics;
  log: Logger;
  /** Aborted when no more time is left for jobs under way: those that wait for the store are handed back. */
  ending?: AbortSignal;
  patience?: Pick<WaitOutOptions, 'patienceMs' | 'firstPauseMs'>;
};

export function createWorker({ engine, assets, metrics, log, ending, patience }: Parts): Handler {
  return async ({ id, tenant, request, requestId, queuedMs }, { signal, report }) => {
    const log_ = log.child({ job: id, requestId });
    metrics.queuedSeconds.observe(queuedMs / 1000);
    const variants = countVariants(request);
    log_.info({ variants }, 'generation started');
    const done = createProgress(variants);
    let progress = 0;
    let told: Promise<void> = Promise.resolve();
    try {
      const result = await engine.generate({ id, tenant, request, images: await readImages() }, { signal, onProgress });
      await told;
      metrics.jobs.inc({ state: 'done' });
      for (const [stage, ms] of Object.entries(result.timings)) {
        metrics.stageSeconds.observe({ stage: stage.replace(/Ms$/, '') }, ms / 1000);
      }
      log_.info({ ms: Math.round(result.timings.totalMs) }, 'generation done');
      report({ type: 'ended', event: { type: 'done' }, timings: result.timings, passes: result.passes });
    } catch (thrown) {
      // what was made before is kept, and told before the end is
      await told.catch(() => undefined);
      const { code } = toToileError(thrown);
      const state = endOf(signal, code);
      metrics.jobs.inc({ state });
      if (state === 'failed') metrics.jobErrors.inc({ code });
      // with its cause, which whoever waits for the job is not told
      log_[state === 'failed' ? 'warn' : 'info']({ err: thrown, state }, 'generation did not finish');
      throw thrown;
    }

    async function readImages(): Promise<Record<string, Uint8Array>> {
      const named = listAssets(request);
      return Object.fromEntries(
        await Promise.all(named.map(async (asset) => [asset, await persist(() => assets.get(tenant, asset))] as const)),
      );
    }

    function onProgress(progress: EngineProgress): void {
      if (progress.type === 'pass') {
        metrics.passes.inc();
        metrics.batchSize.observe(progress.batch);
      }
      // in the engine's order, though pictures take a while to keep
      told = told.then(() => tell(progress));
      // what goes wrong is thrown once the engine is done
      told.catch(() => undefined);
    }

    async function tell(heard: EngineProgress): Promise<void> {
      const event = await keepPicture(heard);
      if (heard.type === 'pass') progress = done.advance(heard.variant, heard.pass / heard.passes);
      if (heard.type === 'variant') progress = done.advance(heard.index, 1);
      report({ type: 'event', event, progress });
    }

    async function keepPicture(progress: EngineProgress): Promise<JobEvent> {
      if (progress.type === 'pass') {
        const { type, variant, pass, passes } = progress;
        return { type, variant, pass, passes };
      }
      if (progress.type === 'preview') {
        const { jpeg, ...shown } = progress;
        return { ...shown, asset: await persist(() => assets.put(tenant, jpeg)) };
      }
      const { png, ...made } = progress.variant;
      const asset = await persist(() => assets.put(tenant, png));
      return { type: 'variant', variant: progress.index, asset, ...made, ...(await tellBundle()) };
    }

    async function tellBundle(): Promise<Pick<JobVariant, 'bundle'>> {
      const { bundles } = await engine.ready();
      const { name, checksum } = bundles.find(({ loaded }) => loaded) ?? {};
      return name === undefined || checksum === undefined ? {} : { bundle: { name, checksum } };
    }

    /** A store that is away holds a job up, and fails none. */
    function persist<T>(work: () => Promise<T>): Promise<T> {
      return waitOutStore(work, {
        signals: ending ? [signal, ending] : [signal],
        onWait: (err) => log_.warn({ err }, 'the store is away; the job waits for it'),
        ...patience,
      });
    }
  };
}

/** As the figures have it, of a job that was not done. */
function endOf(signal: AbortSignal, code: ErrorCode): 'taken_over' | 'cancelled' | 'handed_back' | 'failed' {
  if (signal.aborted) return signal.reason === TAKEN_OVER ? 'taken_over' : 'cancelled';
  return code === 'cancelled' ? 'handed_back' : 'failed';
}
