/** Words that the designer has typed and not sent: on this computer, by the name of the file that they are for. */
import * as z from 'zod/mini';
import { draft, type Draft } from '../messages.js';

const PREFIX = 'draft ';
/** By then nobody goes on with them. Milliseconds. */
const LONGEST = 30 * 24 * 3600 * 1000;

const kept = z.object({ draft, at: z.number() });

/** Where this run's lies: the file may get another name meanwhile. */
let place: string | undefined;
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
    const { data } = kept.safeParse(await figma.clientStorage.getAsync(key));
    if (!data || Date.now() - data.at > LONGEST) await figma.clientStorage.deleteAsync(key);
    else if (key === place) found = data.draft;
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
  const key = placeNow();
  if (place !== undefined && place !== key) await figma.clientStorage.deleteAsync(place);
  place = key;
  if (Object.keys(given).length === 0) await figma.clientStorage.deleteAsync(key);
  else await figma.clientStorage.setAsync(key, { draft: given, at: Date.now() });
}

function placeNow(): string {
  return PREFIX + figma.root.name;
}
