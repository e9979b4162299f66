/** Cancelled jobs of which their servers have yet to hear: on this computer, since their rows are gone. */
import * as z from 'zod/mini';
import { untoldJob, type UntoldJob } from '../messages.js';

const KEY = 'untold';
/** By then a server has made what it makes. Milliseconds. */
const LONGEST = 24 * 3600 * 1000;
const MOST = 50;

const kept = z.object({ job: untoldJob, at: z.number() });
type Kept = z.infer<typeof kept>;

/** What is changed is read before, so that one change comes after the other. */
let last: Promise<unknown> = Promise.resolve();

export function loadUntold(): Promise<UntoldJob[]> {
  return inOrder(async () => (await load()).map(({ job }) => job));
}

export function keepUntold(job: UntoldJob): Promise<void> {
  return change(job.ticket, { job, at: Date.now() });
}

export function dropUntold(ticket: string): Promise<void> {
  return change(ticket);
}

function change(ticket: string, ...added: Kept[]): Promise<void> {
  return inOrder(async () => {
    const others = (await load()).filter(({ job }) => job.ticket !== ticket);
    await figma.clientStorage.setAsync(KEY, [...others, ...added].slice(-MOST));
  });
}

function inOrder<T>(step: () => Promise<T>): Promise<T> {
  const work = last.then(step);
  last = work.catch(() => undefined);
  return work;
}

/** Those that are too old go: they hold what was asked for. */
async function load(): Promise<Kept[]> {
  const held: unknown = await figma.clientStorage.getAsync(KEY);
  const all: unknown[] = Array.isArray(held) ? held : [];
  const young = all.flatMap((one) => kept.safeParse(one).data ?? []).filter(({ at }) => Date.now() - at < LONGEST);
  if (young.length < all.length) await figma.clientStorage.setAsync(KEY, young);
  return young;
}
