/** After each change of the document: rows that went are told of once, and those that a redo has brought back are found. */
import { readJob } from './row-data.js';
import { checkRows, findReturned, takeBack } from './rows.js';
import { say } from './say.js';
import { settleRow } from './settle-row.js';

/** Somebody who redoes several steps does so at once; to fill a row is a change, after which nothing can be redone. Milliseconds. */
const REST = 1000;
/** Changes that go on for longer are of something else, such as another row that fills. Milliseconds from the row's return. */
const MOST = 3000;

let resting: number | undefined;
let returnedAt: number | undefined;

/**
 * @param told takes work whose failure is to be said
 * @param changes nothing where they are not known
 */
export async function watchRows(
  told: (work: Promise<void>) => void,
  changes: readonly NodeChange[] | undefined,
): Promise<void> {
  // no row comes or goes where a layer is merely moved or painted, as it is many times a second while it is dragged
  const isSame = changes?.every(({ type }) => type === 'PROPERTY_CHANGE') ?? false;
  if (isSame && resting === undefined) return;
  await checkRows();
  const returned = await findReturned();
  if (resting !== undefined) clearTimeout(resting);
  resting = undefined;
  if (returned.length === 0) return void (returnedAt = undefined);
  returnedAt ??= Date.now();
  resting = setTimeout(() => told(tellReturned()), Math.min(REST, returnedAt + MOST - Date.now()));
}

/** They stay the step of the undo history that they are: made anew, they could not be undone past. */
async function tellReturned(): Promise<void> {
  const returned = await findReturned();
  returned.forEach(takeBack);
  returnedAt = undefined;
  const pending = returned.flatMap((row) => {
    const job = readJob(row);
    return job ? [{ row: row.id, job }] : [];
  });
  // nobody knows what the others were for
  const lost = returned.filter((row) => !readJob(row));
  if (pending.length > 0) say({ type: 'pending', pending });
  for (const row of lost) if (!row.removed) await settleRow(row, false);
}
