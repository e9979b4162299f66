/** One run of a network at a time: two would only slow each other down, and nobody could tell how long either took. */

export type Exclusive = {
  /** Runs it once all that were asked for before have ended. */
  run<T>(act: () => Promise<T>): Promise<{ value: T; ms: number }>;
  /** Milliseconds that runs have taken so far. */
  busyMs(): number;
};

export function createExclusive(now: () => number): Exclusive {
  let last: Promise<unknown> = Promise.resolve();
  let busyMs = 0;

  async function time<T>(act: () => Promise<T>): Promise<{ value: T; ms: number }> {
    const startedAt = now();
    try {
      const value = await act();
      return { value, ms: now() - startedAt };
    } finally {
      busyMs += now() - startedAt;
    }
  }

  return {
    run(act) {
      const next = last.then(() => time(act));
      last = next.catch(() => undefined);
      return next;
    },
    busyMs: () => busyMs,
  };
}
