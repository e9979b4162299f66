/** From the queue to the engine and back: a job's pictures become assets before its events name them. */
import type { Logger } from 'pino';
import { countVariants, listAssets, type JobEvent } from '../shared/index.js';
import type { Engine, EngineProgress } from './engine/engine.js';
import type { Metrics } from './metrics.js';
import type { Handler } from './queue/queue.js';
import type { Assets } from './store/assets.js';

type Parts = { engine: Engine; assets: Assets; metrics: Metrics; log: Logger };

export function createWorker({ engine, assets, metrics, log }: Parts): Handler {
  return async ({ id, tenant, request }, { signal, report }) => {
    const log_ = log.child({ job: id });
    const variants = countVariants(request);
    log_.info({ variants }, 'generation started');
    let done = 0;
    let told: Promise<void> = Promise.resolve();
    try {
      const result = await engine.generate({ id, request, images: await readImages() }, { signal, onProgress });
      await told;
      metrics.jobs.inc({ state: 'done' });
      for (const [stage, ms] of Object.entries(result.timings)) {
        metrics.stageSeconds.observe({ stage: stage.replace(/Ms$/, '') }, ms / 1000);
      }
      log_.info({ ms: Math.round(result.timings.totalMs) }, 'generation done');
      report({ type: 'ended', event: { type: 'done' }, timings: result.timings, passes: result.passes });
    } catch (thrown) {
      // with its cause, which whoever waits for the job is not told
      log_[signal.aborted ? 'info' : 'warn']({ err: thrown }, 'generation did not finish');
      metrics.jobs.inc({ state: signal.aborted ? 'cancelled' : 'failed' });
      throw thrown;
    }

    async function readImages(): Promise<Record<string, Uint8Array>> {
      const named = listAssets(request);
      return Object.fromEntries(
        await Promise.all(named.map(async (asset) => [asset, await assets.get(tenant, asset)] as const)),
      );
    }

    function onProgress(progress: EngineProgress): void {
      if (progress.type === 'pass') metrics.passes.inc();
      // in the engine's order, though pictures take a while to keep
      told = told.then(() => tell(progress));
      // what goes wrong is thrown once the engine is done
      told.catch(() => undefined);
    }

    async function tell(progress: EngineProgress): Promise<void> {
      const event = await keepPicture(progress);
      if (progress.type === 'pass') done = progress.variant + progress.pass / progress.passes;
      if (progress.type === 'variant') done = progress.index + 1;
      report({ type: 'event', event, progress: done / variants });
    }

    async function keepPicture(progress: EngineProgress): Promise<JobEvent> {
      if (progress.type === 'pass') return progress;
      if (progress.type === 'preview') {
        const { jpeg, ...shown } = progress;
        return { ...shown, asset: await assets.put(tenant, jpeg) };
      }
      const { png, ...made } = progress.variant;
      return { type: 'variant', variant: progress.index, asset: await assets.put(tenant, png), ...made };
    }
  };
}
