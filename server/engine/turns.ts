/** Whose turn it is in the engine: tenants take turns, within a tenant its jobs, within a job its rows in their order. */

export type Taker<Row> = {
  tenant: string;
  /** What it could do next, side by side; whoever is first is to get on first. */
  rows(): readonly Row[];
};

export type Turns<Row> = {
  add(taker: Taker<Row>): void;
  remove(taker: Taker<Row>): void;
  /** Up to `count` rows whose turn it is. Those who had one are last in line afterwards. */
  take(count: number): Row[];
};

export function createTurns<Row>(): Turns<Row> {
  /** Both in the order of their turns. */
  const tenants = new Map<string, Set<Taker<Row>>>();

  /** The next row of a tenant that was not taken yet, if there is one. */
  function takeOne(tenant: string, jobs: Set<Taker<Row>>, taken: ReadonlySet<Row>): Row | undefined {
    for (const job of jobs) {
      const row = job.rows().find((candidate) => !taken.has(candidate));
      if (row === undefined) continue;
      jobs.delete(job);
      jobs.add(job);
      tenants.delete(tenant);
      tenants.set(tenant, jobs);
      return row;
    }
    return undefined;
  }

  return {
    add(taker) {
      const jobs = tenants.get(taker.tenant) ?? new Set();
      tenants.set(taker.tenant, jobs.add(taker));
    },
    remove(taker) {
      const jobs = tenants.get(taker.tenant);
      jobs?.delete(taker);
      if (jobs?.size === 0) tenants.delete(taker.tenant);
    },
    take(count) {
      const taken = new Set<Row>();
      for (let before = -1; taken.size > before && taken.size < count;) {
        before = taken.size;
        for (const [tenant, jobs] of [...tenants]) {
          const row = taken.size < count ? takeOne(tenant, jobs, taken) : undefined;
          if (row !== undefined) taken.add(row);
        }
      }
      return [...taken];
    },
  };
}
