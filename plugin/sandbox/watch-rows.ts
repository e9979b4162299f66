/** After each change of the document: rows that went are told of once, and those that a redo has brought back are found. */
import { readBegun, readJob } from './row-data.js';
import { checkRows, findReturned, hasGoneRows } from './rows.js';
import { say } from './say.js';

/** Somebody who redoes several steps does so at once; to fill a row is a change, after which nothing can be redone. Milliseconds. */
const REST = 1000;

let resting: number | undefined;

/** @param told takes work whose failure is to be said */
export async function watchRows(told: (work: Promise<void>) => void): Promise<void> {
  await checkRows();
  if (!hasGoneRows()) return;
  if (resting !== undefined) clearTimeout(resting);
  resting = setTimeout(() => told(tellReturned()), REST);
}

/** They stay the step of the undo history that they are: made anew, they could not be undone past. */
async function tellReturned(): Promise<void> {
  const pending = (await findReturned()).flatMap((row) => {
    const job = readJob(row);
    if (job) return [{ row: row.id, job }];
    // nobody knows what it was for
    if (readBegun(row)) row.remove();
    return [];
  });
  if (pending.length > 0) say({ type: 'pending', pending });
}
