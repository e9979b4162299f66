/** Whose job is next where callers take turns. */

type Mine = { tenant: string };

/**
 * The jobs that wait, in the order in which they start: every tenant's next one before anybody's next but one, those under
 * way counted as turns had. Among equals who came first is first.
 * @param waiting in order of arrival
 */
export function takeTurns<Job extends Mine>(waiting: readonly Job[], running: Iterable<Mine>): Job[] {
  const had = new Map<string, number>();
  const nextTurn = ({ tenant }: Mine): number => {
    const turn = had.get(tenant) ?? 0;
    had.set(tenant, turn + 1);
    return turn;
  };
  for (const job of running) nextTurn(job);
  return waiting
    .map((job) => ({ job, turn: nextTurn(job) }))
    .sort((a, b) => a.turn - b.turn)
    .map(({ job }) => job);
}

/** Jobs that may run at once: as many again as `concurrency` of tenants with none there, who wait for nobody's job to end. */
export function countPlaces(concurrency: number, job: Mine, running: readonly Mine[]): number {
  return running.some(({ tenant }) => tenant === job.tenant) ? concurrency : 2 * concurrency;
}
