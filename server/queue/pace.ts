/** When a job will end, from how long the last ones took: a running average of milliseconds a pass. */
import { countVariants, expectPasses, type JobView } from '../../shared/index.js';

/** How much of the average the job that ended last makes up. */
const NEWEST = 0.3;

/** `passes` are those of one variant, once the worker has said how many. */
export type Load = { tenant: string; view: Pick<JobView, 'request' | 'progress'>; passes?: number };

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
      const before = waiting ? sum([...running, ...waiting].map(countLeft)) : countBeside(job, running) - left;
      return Math.round(average * (left + before / machines));
    },
  };

  /**
   * Passes that run until a job under way has ended, its own included. Tenants take turns pass by pass, and a tenant's jobs
   * take turns within its own: whatever is longer holds the job up no longer than it lasts itself.
   */
  function countBeside(job: Load, running: Load[]): number {
    const left = countLeft(job);
    const others = new Map<string, number>();
    let own = left;
    for (const other of running) {
      if (other.tenant === job.tenant) own += Math.min(left, countLeft(other));
      else others.set(other.tenant, (others.get(other.tenant) ?? 0) + countLeft(other));
    }
    return own + sum([...others.values()].map((theirs) => Math.min(own, theirs)));
  }
}

/** The least of those that are known. */
export function soonest(estimates: (number | undefined)[]): number | undefined {
  const known = estimates.filter((ms) => ms !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Milliseconds worked on a job: without those in which others had their turn, which the total holds too. */
function countWork({ encodeMs, conditionMs, passesMs, decodeMs, pixelsMs, totalMs = 0 }: JobView['timings']): number {
  const stages = [encodeMs, conditionMs, passesMs, decodeMs, pixelsMs].filter((ms) => ms !== undefined);
  return stages.length > 0 ? sum(stages) : totalMs;
}
