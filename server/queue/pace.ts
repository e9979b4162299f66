/** When a job will end, from how long the last ones took: a running average of milliseconds a pass. */
import { countVariants, expectPasses, type JobView } from '../../shared/index.js';

/** How much of the average the job that ended last makes up. */
const NEWEST = 0.3;

/** `passes` are those of one variant, once the worker has said how many. */
export type Load = { view: Pick<JobView, 'request' | 'progress'>; passes?: number };

export type Pace = {
  /** Milliseconds a pass, to keep; undefined until a job has ended. */
  average(): number | undefined;
  /** @param passes all that ran in those times */
  learn(timings: JobView['timings'], passes: number): void;
  /**
   * Whole milliseconds till a job's end; undefined until one has ended.
   * @param others those that run, and those that wait before it; undefined where it doesn't wait itself. They are spread
   *   over so many machines, one where it isn't said.
   */
  estimate(job: Load, others: { running: Load[]; waiting: Load[] | undefined; machines?: number }): number | undefined;
};

/**
 * @param defaults what jobs take that leave it open
 * @param average as it was kept
 */
export function createPace(defaults: { passes: number; candidates: number }, average?: number): Pace {
  function countLeft({ view: { request, progress }, passes }: Load): number {
    const all = passes === undefined ? expectPasses(request, defaults) : passes * countVariants(request);
    return all * (1 - progress);
  }

  return {
    average: () => average,
    learn(timings, passes) {
      const ms = countWork(timings) / passes;
      if (!(ms > 0 && ms < Infinity)) return;
      average = average === undefined ? ms : average + NEWEST * (ms - average);
    },
    estimate(job, { running, waiting, machines = 1 }) {
      if (average === undefined) return undefined;
      const left = countLeft(job);
      // running jobs take turns, so a longer one holds this one up no longer than it lasts itself
      const before = waiting
        ? [...running, ...waiting].map(countLeft)
        : running.map((other) => Math.min(left, countLeft(other)));
      return Math.round(average * (left + before.reduce((sum, passes) => sum + passes, 0) / machines));
    },
  };
}

/** Milliseconds worked on a job: without those in which others had their turn, which the total holds too. */
function countWork({ encodeMs, conditionMs, passesMs, decodeMs, pixelsMs, totalMs = 0 }: JobView['timings']): number {
  const stages = [encodeMs, conditionMs, passesMs, decodeMs, pixelsMs].filter((ms) => ms !== undefined);
  return stages.length > 0 ? stages.reduce((sum, ms) => sum + ms, 0) : totalMs;
}
