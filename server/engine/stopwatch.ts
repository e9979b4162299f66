/** Where a job's time goes: into the networks, by stage, and into pixels outside of them. */
import type { Run } from './batch.js';
import type { Timings } from './engine.js';
import type { Networks } from './networks.js';

export type Stopwatch = {
  /** The networks; while they are waited for no pixels are worked on. */
  watch(networks: Networks): Networks;
  addRun(run: Run): void;
  /** What is done meanwhile, outside the networks, is done to pixels. */
  time<T>(act: () => Promise<T>): Promise<T>;
  read(): Timings;
};

const stageOf = {
  encode: 'encodeMs',
  blend: 'encodeMs',
  conditions: 'conditionMs',
  transformer: 'passesMs',
  head: 'passesMs',
  decode: 'decodeMs',
  decodeMixed: 'decodeMs',
} as const satisfies Record<keyof Networks, keyof Timings>;

/** @param busyMs milliseconds that anybody's runs have taken so far: they stop other work, so they don't count as it */
export function createStopwatch(now: () => number, busyMs: () => number): Stopwatch {
  const startedAt = now();
  const stages = { encodeMs: 0, conditionMs: 0, passesMs: 0, decodeMs: 0 };
  let pixelsMs = 0;

  async function count<T>(sign: 1 | -1, act: () => Promise<T>): Promise<T> {
    const begun = now() - busyMs();
    try {
      return await act();
    } finally {
      pixelsMs += sign * (now() - busyMs() - begun);
    }
  }

  const waiting =
    <A extends unknown[], R>(act: (...args: A) => Promise<R>) =>
    (...args: A) =>
      count(-1, () => act(...args));

  return {
    watch: (networks) => ({
      encode: waiting(networks.encode),
      blend: waiting(networks.blend),
      decode: waiting(networks.decode),
      decodeMixed: waiting(networks.decodeMixed),
      conditions: waiting(networks.conditions),
      transformer: waiting(networks.transformer),
      head: waiting(networks.head),
    }),
    addRun: ({ network, ms }) => void (stages[stageOf[network]] += ms),
    time: (act) => count(1, act),
    read: () => ({ ...stages, pixelsMs: Math.max(0, pixelsMs), totalMs: now() - startedAt }),
  };
}
