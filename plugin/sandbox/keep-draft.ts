/** Words that the designer has typed and not sent: on this computer, by the name of the file that they are for. */
import * as z from 'zod/mini';
import { draft, type Draft } from '../messages.js';

const PREFIX = 'draft ';
/** By then nobody goes on with them. Milliseconds. */
const LONGEST = 30 * 24 * 3600 * 1000;

const kept = z.object({ draft, at: z.number() });

/** Where this run's lies: the file may get another name meanwhile. */
let place: string | undefined;
/** What lies there, as far as this run knows, as JSON: files of one name share a place. */
let lies: string | undefined;
let next: Draft | undefined;
let isWriting = false;
/** In this run: to say it at each letter would be in the way of typing. */
let isTold = false;

/** Those that are too old go, whichever file they are for. */
export async function loadDraft(): Promise<Draft | undefined> {
  place = placeNow();
  let found: Draft | undefined;
  for (const key of await figma.clientStorage.keysAsync()) {
    if (!key.startsWith(PREFIX)) continue;
    const data = await read(key);
    if (!data || Date.now() - data.at > LONGEST) await figma.clientStorage.deleteAsync(key);
    else if (key === place) [found, lies] = [data.draft, JSON.stringify(data)];
  }
  return found;
}

/** At once, since nothing is heard of a closing; what the next letter has overtaken before it could be written is left out. */
export async function keepDraft(given: Draft): Promise<void> {
  next = given;
  if (isWriting) return;
  isWriting = true;
  let failure: { thrown: unknown } | undefined;
  while (next) {
    const turn = next;
    next = undefined;
    await write(turn).catch((thrown: unknown) => (failure = { thrown }));
  }
  isWriting = false;
  if (!failure || isTold) return;
  isTold = true;
  throw failure.thrown;
}

async function write(given: Draft): Promise<void> {
  const [key, value] = [placeNow(), { draft: given, at: Date.now() }];
  const isEmpty = Object.keys(given).length === 0;
  await (isEmpty ? figma.clientStorage.deleteAsync(key) : figma.clientStorage.setAsync(key, value));
  const [old, before] = [place, lies];
  [place, lies] = [key, isEmpty ? undefined : JSON.stringify(value)];
  if (old === undefined || old === key || before === undefined) return;
  if (JSON.stringify(await read(old)) === before) await figma.clientStorage.deleteAsync(old);
}

async function read(key: string): Promise<z.infer<typeof kept> | undefined> {
  return kept.safeParse(await figma.clientStorage.getAsync(key)).data;
}

function placeNow(): string {
  return PREFIX + figma.root.name;
}
