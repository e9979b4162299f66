/** Rows of the page whose jobs were under way when the plugin was closed: on the server, or not there yet. */
import type { TrackedJob } from '../messages.js';
import { takesRows } from './inspect-node.js';
import { renewRows } from './renew-rows.js';
import { readBegun, readJob, rowKeys } from './row-data.js';
import { enterRow, isRunning } from './rows.js';
import { sayFailed } from './say.js';
import { settleRow } from './settle-row.js';

/** How long a row may be read for before it counts as left behind. Milliseconds. */
const PATIENCE = 60_000;

type PendingWish = {
  /** Whose rows are meant; a colleague's plugin looks after theirs. */
  maker: string;
  /** Those too that this run of the plugin looks after: a panel that was merely loaded again has its rows still. */
  known: boolean;
};

export async function findPending({ maker, known }: PendingWish): Promise<{ row: string; job: TrackedJob }[]> {
  const found: FrameNode[] = [];
  const lost: FrameNode[] = [];
  for (const row of figma.currentPage.findAllWithCriteria({ types: ['FRAME'], pluginData: { keys: rowKeys } })) {
    const begun = readBegun(row);
    if (begun?.maker !== maker || !takesRows(row)) continue;
    const wait = begun.at + PATIENCE - Date.now();
    if (readJob(row)) found.push(row);
    else if (isRunning(row.id) ? known : wait <= 0) lost.push(row);
    else if (!isRunning(row.id)) dropLater(row, wait);
  }
  // before rows are made anew, whose step of the undo history this would end
  for (const row of lost) if (!row.removed) await settleRow(row, false);
  const there = found.filter((row) => !row.removed);
  const running = known ? there.filter((row) => isRunning(row.id)) : [];
  const left = renewRows(there.filter((row) => !isRunning(row.id)));
  const begunAt = (row: FrameNode) => readBegun(row)?.at ?? 0;
  const oldestFirst = [...running, ...left].sort((a, b) => begunAt(a) - begunAt(b));
  return oldestFirst.flatMap((row) => {
    const job = readJob(row);
    if (!job) return [];
    enterRow(row.id);
    return [{ row: row.id, job }];
  });
}

/**
 * Closed before the canvas was read, nobody knows what a row was for; but a young one may be another window's, on its way.
 * What has come into it stays.
 */
function dropLater(row: FrameNode, wait: number): void {
  setTimeout(
    () => {
      const isLost = !row.removed && readBegun(row) && !readJob(row) && !isRunning(row.id);
      if (isLost) void settleRow(row, false).catch((thrown) => sayFailed(thrown));
    },
    // another clock may be ahead
    Math.min(wait, PATIENCE),
  );
}
