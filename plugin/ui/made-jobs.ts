/** Results by the job that made them. */
import type { HistoryEntry } from '../messages.js';

export type MadeJob = { key: string; madeAt: string; results: HistoryEntry[] };

/**
 * @param entries the newest first
 * @returns the jobs in that order, the results of each in the order that the job made them in
 */
export function groupByJob(entries: readonly HistoryEntry[]): MadeJob[] {
  const jobs = new Map<string, MadeJob>();
  for (const entry of entries) {
    const { server, job, madeAt } = entry.recipe;
    const key = `${server} ${job}`;
    const known = jobs.get(key);
    if (known) known.results.push(entry);
    else jobs.set(key, { key, madeAt, results: [entry] });
  }
  for (const { results } of jobs.values()) results.sort((a, b) => a.recipe.variant - b.recipe.variant);
  return [...jobs.values()];
}
