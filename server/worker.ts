/** From the queue to the engine and back: a job's pictures become assets before its events name them. */
import type { Logger } from 'pino';
import { countVariants, listAssets, type JobEvent } from '../shared/index.js';
import type { Engine } from './engine/engine.js';
import type { Metrics } from './metrics.js';
import type { Handler } from './queue/queue.js';
import type { Assets } from './store/assets.js';

type Parts = { engine: Engine; assets: Assets; metrics: Metrics; log: Logger };

export function createWorker({ engine, assets, metrics, log }: Parts): Handler {
  return async ({ id, tenant, request }, { signal, report }) => {
    const log_ = log.child({ job: id });
    const variants = countVariants(request);
    log_.info({ variants }, 'generation started');
    const named = listAssets(request);
    const bytes = await Promise.all(named.map((asset) => assets.get(tenant, asset)));
    const images = Object.fromEntries(named.map((asset, n) => [asset, bytes[n] ?? new Uint8Array()]));
    let kept: Promise<void> = Promise.resolve();
    const result = await engine
      .generate(
        { id, request, images },
        {
          signal,
          onProgress: (progress) => {
            if (progress.type === 'pass') {
              metrics.passes.inc();
              const done = progress.variant + progress.pass / progress.passes;
              return report({ type: 'event', event: progress, progress: done / variants });
            }
            const { index, variant } = progress;
            const { png, ...told } = variant;
            kept = kept.then(async () => {
              const asset = await assets.put(tenant, png);
              const event: JobEvent = { type: 'variant', variant: index, asset, ...told };
              report({ type: 'event', event, progress: (index + 1) / variants });
            });
          },
        },
      )
      .catch((error: unknown) => {
        log_.info({ error: error instanceof Error ? error.message : String(error) }, 'generation did not finish');
        metrics.jobs.inc({ state: signal.aborted ? 'cancelled' : 'failed' });
        throw error;
      });
    await kept;
    metrics.jobs.inc({ state: 'done' });
    for (const [stage, ms] of Object.entries(result.timings)) {
      metrics.stageSeconds.observe({ stage: stage.replace(/Ms$/, '') }, ms / 1000);
    }
    log_.info({ ms: Math.round(result.timings.totalMs) }, 'generation done');
    report({ type: 'ended', event: { type: 'done' }, timings: result.timings });
  };
}
