/** Rows of the page whose jobs were under way when the plugin was closed: on the server, or not there yet. */
import type { TrackedJob } from '../messages.js';
import { takesRows } from './inspect-node.js';
import { renewRows } from './renew-rows.js';
import { readBegun, readJob, rowKeys } from './row-data.js';
import { enterRow, isRunning } from './rows.js';

/** How long a row may be read for before it counts as left behind. Milliseconds. */
const PATIENCE = 60_000;

type PendingWish = {
  /** Whose rows are meant; a colleague's plugin looks after theirs. */
  maker: string;
  /** Those too that this run of the plugin looks after: a panel that was merely loaded again has its rows still. */
  known: boolean;
};

export function findPending({ maker, known }: PendingWish): { row: string; job: TrackedJob }[] {
  const found: FrameNode[] = [];
  for (const row of figma.currentPage.findAllWithCriteria({ types: ['FRAME'], pluginData: { keys: rowKeys } })) {
    const begun = readBegun(row);
    if (begun?.maker !== maker || !takesRows(row)) continue;
    if (readJob(row)) found.push(row);
    else if (known && isRunning(row.id)) row.remove();
    else if (!isRunning(row.id)) dropLater(row, begun.at + PATIENCE - Date.now());
  }
  const running = known ? found.filter((row) => isRunning(row.id)) : [];
  const left = renewRows(found.filter((row) => !isRunning(row.id)));
  const begunAt = (row: FrameNode) => readBegun(row)?.at ?? 0;
  const oldestFirst = [...running, ...left].sort((a, b) => begunAt(a) - begunAt(b));
  return oldestFirst.flatMap((row) => {
    const job = readJob(row);
    if (!job) return [];
    enterRow(row.id);
    return [{ row: row.id, job }];
  });
}

/** Closed before the canvas was read, nobody knows what a row was for; but a young one may be another window's, on its way. */
function dropLater(row: FrameNode, wait: number): void {
  if (wait <= 0) return row.remove();
  setTimeout(
    () => {
      if (!row.removed && readBegun(row) && !readJob(row) && !isRunning(row.id)) row.remove();
    },
    // another clock may be ahead
    Math.min(wait, PATIENCE),
  );
}
