/**
 * What happens in the engine: requests become tasks, tasks take turns pass by pass, finished grids become pictures.
 *
 * Work goes in rounds. Between two, cancelled jobs are dropped and new ones let in; in one, as many rows as may run together
 * take a turn each, and those of their passes that are alike run as one. Tenants take turns, within a tenant its jobs, so
 * that neither one's hundred jobs nor one job's eight variants hold up another's first.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ToileError, type BundleModel, type ResolvedRequest } from '../../shared/index.js';
import { createBatch } from './batch.js';
import type { EngineJob, EngineReconstruction, EngineResult } from './engine.js';
import { startJob, type JobOptions, type Row, type Work } from './job.js';
import type { BatchNetworks } from './networks.js';
import { reconstruct } from './reconstruct.js';
import type { Studio } from './studio.js';
import { createTurns } from './turns.js';

export type Generator = {
  generate(job: EngineJob, options: JobOptions): Promise<EngineResult>;
  reconstruct(image: Uint8Array, options: { signal: AbortSignal }): Promise<EngineReconstruction>;
  /** Resolves when the runs under way have ended; what is not done by then is rejected as cancelled. */
  stop(): Promise<void>;
};

export type GeneratorParts = Omit<Studio, 'networks'> & {
  networks: BatchNetworks;
  /** Rows that take a turn at once. A result does not depend on it. */
  maxBatch?: number;
  now?: () => number;
};

export function createGenerator(parts: GeneratorParts): Generator {
  const { networks, maxBatch = 1, now = () => performance.now(), ...studio } = parts;
  const batch = createBatch(networks, { maxBatch, now });
  const workshop = { studio, batch, now };
  const jobs = new Set<Work>();
  const turns = createTurns<Row>();
  let running: Promise<void> | undefined;
  const reconstructions = new Set<Promise<EngineReconstruction>>();
  const stopping = new AbortController();

  async function run(): Promise<void> {
    while (jobs.size > 0) {
      // lets cancellations and new jobs in: a pass blocks the event loop
      await nextTurn();
      for (const job of jobs) if (stopping.signal.aborted || job.signal.aborted) job.cancel();
      await batch.takeTurns(turns.take(maxBatch).map((row) => row.takeTurn));
    }
    running = undefined;
  }

  async function work(job: Work): Promise<EngineResult> {
    jobs.add(job);
    turns.add(job);
    running ??= run();
    try {
      return await job.result;
    } finally {
      jobs.delete(job);
      turns.remove(job);
    }
  }

  function refuseWhenStopped(): void {
    if (stopping.signal.aborted) throw new ToileError('cancelled', 'the engine is closing');
  }

  return {
    async generate(job, options) {
      refuse(job.request, studio.model);
      refuseWhenStopped();
      return work(startJob(workshop, job, options));
    },
    async reconstruct(image, { signal }) {
      refuseWhenStopped();
      const made = reconstruct(workshop, image, AbortSignal.any([signal, stopping.signal]));
      reconstructions.add(made);
      try {
        return await made;
      } finally {
        reconstructions.delete(made);
      }
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled(reconstructions);
      await running;
    },
  };
}

/** @throws ToileError where a request can't be served */
function refuse(request: ResolvedRequest, model: BundleModel): void {
  if (request.bundle === undefined || request.bundle === model.name) return;
  throw new ToileError('unknown_bundle', `bundle '${request.bundle}' is not loaded; '${model.name}' is`);
}
