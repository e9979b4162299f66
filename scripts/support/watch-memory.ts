/** How much memory processes have of their own, over time: what files lend them is left out. Linux alone. */
import { readFile } from 'node:fs/promises';
import { fitSlope } from './figures.js';

export type Watched = { name: string; pid: number };
export type Growth = {
  name: string;
  /** MiB at the end of the warm-up, and in the end. */
  from: number;
  to: number;
  /** MiB an hour, by least squares over the samples after the warm-up. */
  slope: number;
  standardError: number;
  samples: number;
};

const EVERY_MS = 2000;
/** The share of a run in which heaps grow to the size that they then keep. */
const WARM_UP = 1 / 2;
const MS_PER_HOUR = 3_600_000;

/** @returns what ends it and tells what was seen */
export function watchMemory(watched: readonly Watched[]): () => Growth[] {
  const samples = new Map(watched.map(({ name }) => [name, [] as { x: number; y: number }[]]));
  const startedAt = performance.now();
  const look = async () => {
    for (const { name, pid } of watched) {
      const own = await readOwn(pid);
      if (own !== undefined) samples.get(name)?.push({ x: (performance.now() - startedAt) / MS_PER_HOUR, y: own });
    }
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  return () => {
    clearInterval(timer);
    const warm = (WARM_UP * (performance.now() - startedAt)) / MS_PER_HOUR;
    return [...samples].map(([name, points]) => {
      const after = points.filter(({ x }) => x >= warm);
      const [from, to] = [after[0]?.y ?? Number.NaN, after.at(-1)?.y ?? Number.NaN];
      return { name, from, to, ...fitSlope(after), samples: after.length };
    });
  };
}

/** MiB; undefined of a process that has ended. */
async function readOwn(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const kib = /^Anonymous: +(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

/** Processes that a process has started. */
export async function readChildren(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}
