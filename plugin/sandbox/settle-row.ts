/** The end of a job, or of a row whose job nobody knows: what has no picture goes, and what stays is one step back for an undo. */
import { findPlaces } from './find-places.js';
import { pageOf } from './inspect-node.js';
import { forgetJob, isPlaceholder, readPlaces } from './row-data.js';
import { leaveRow, shownRows } from './rows.js';
import { leaveShown } from './show-row.js';
import { whereabouts } from './whereabouts.js';

/** @returns how many pictures its job has left */
export async function settleRow(row: FrameNode, select: boolean): Promise<number> {
  const places = await findPlaces(row);
  const begun = leaveRow(row.id);
  // what else lies in the row is the designer's
  const own = new Set(row.removed ? [] : readPlaces(row));
  const pictures = places.filter((place) => own.has(place.id) && !isPlaceholder(place)).length;
  for (const place of places.filter(isPlaceholder)) place.remove();
  if (row.removed) return pictures;
  const page = figma.currentPage;
  const untouched = begun?.from === whereabouts();
  const [first] = row.children;
  if (!first) {
    row.remove();
    if (untouched) leaveShown(begun.shown, shownRows());
    return pictures;
  }
  forgetJob(row);
  // one result is a subject to go on with, several at once are none
  if (select && untouched && pageOf(row)?.id === page.id) page.selection = [first];
  figma.commitUndo();
  return pictures;
}
