/** The history's results, by the jobs that made them. */
import { expect, it } from 'vitest';
import { groupByJob } from '../../../plugin/ui/made-jobs.js';

const made = (server: string, job: string, variant: number) => ({
  node: `${server}${job}${variant}`,
  name: job,
  recipe: {
    version: 1 as const,
    server,
    job,
    request: {},
    variant,
    seed: variant,
    relevance: 0,
    fidelity: 0,
    passes: 1,
    madeAt: `2026-01-0${job}T00:00:0${variant}.000Z`,
    panel: {},
  },
});

it('has the newest job first, and the results of each in their order', () => {
  const entries = [made('a', '3', 2), made('a', '3', 0), made('a', '2', 1), made('b', '2', 0), made('a', '2', 0)];
  const nodes = groupByJob(entries).map(({ madeAt, results }) => [madeAt, ...results.map(({ node }) => node)]);
  expect(nodes).toEqual([
    ['2026-01-03T00:00:02.000Z', 'a30', 'a32'],
    ['2026-01-02T00:00:01.000Z', 'a20', 'a21'],
    ['2026-01-02T00:00:00.000Z', 'b20'],
  ]);
});
