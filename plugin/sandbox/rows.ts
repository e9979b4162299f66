/**
 * The rows whose jobs run. A row may be gone at any time, by the designer's hand or by an undo: the panel is told once, and
 * whatever still comes for it is let go. It may lie on another page than the one that is shown.
 */
import { isRow } from './row-data.js';
import { say } from './say.js';
import type { Shown } from './show-row.js';

/** Where the designer was when the row was begun, and what was shown to them. */
export type Begun = { from: string; shown: Shown };

const running = new Map<string, Begun | undefined>();
const gone = new Set<string>();
const turns = new Map<string, Promise<void>>();

/** @param begun nothing for a row that an earlier run of the plugin began */
export function enterRow(id: string, begun?: Begun): void {
  if (!running.has(id)) running.set(id, begun);
}

export function leaveRow(id: string): Begun | undefined {
  const begun = running.get(id);
  running.delete(id);
  return begun;
}

/** What the designer was shown of the rows that run, the first begun first. */
export function shownRows(): Shown[] {
  return [...running.values()].flatMap((begun) => begun?.shown ?? []);
}

export function isRunning(id: string): boolean {
  return running.has(id);
}

export async function findRow(id: string): Promise<FrameNode | undefined> {
  const row = await lookUp(id);
  if (row) return row;
  running.delete(id);
  if (!gone.has(id)) say({ type: 'row-gone', row: id });
  gone.add(id);
  return undefined;
}

/** After the document changed: which of the rows are still there. */
export async function checkRows(): Promise<void> {
  await Promise.all([...running.keys()].map(findRow));
}

/** Rows that went and lie there again, as a redo brings them back. */
export async function findReturned(): Promise<FrameNode[]> {
  const rows = await Promise.all([...gone].map(lookUp));
  return rows.flatMap((row) => row ?? []);
}

/** An undo takes a row's job away and leaves the row, where that held more than places when its job was resumed. */
async function lookUp(id: string): Promise<FrameNode | undefined> {
  const node = await figma.getNodeByIdAsync(id);
  return node?.type === 'FRAME' && !node.removed && isRow(node) ? node : undefined;
}

/** It runs from now on. */
export function takeBack({ id }: FrameNode): void {
  gone.delete(id);
  enterRow(id);
}

/** What is to be done to one row is done in the order in which it was said, since each step waits for Figma. */
export function inTurn(row: string, step: () => Promise<void>): Promise<void> {
  const before = turns.get(row) ?? Promise.resolve();
  const turn = before.then(step);
  // the next one comes, whatever became of this
  const settled = turn.catch(() => undefined);
  turns.set(row, settled);
  void settled.then(() => {
    if (turns.get(row) === settled) turns.delete(row);
  });
  return turn;
}

/** Until all is done that was said of any row so far. */
export async function allTurns(): Promise<void> {
  await Promise.all(turns.values());
}
