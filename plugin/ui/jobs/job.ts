/** A job as the panel lists it. */
import type { Made } from '../../messages.js';
import type { Waiting } from '../client/persist.js';
import type { Problem, Reason } from '../problem.js';
import type { Kept } from './kept.js';
import type { Order } from './order.js';

export type Phase =
  | { state: 'preparing' }
  | { state: 'uploading' }
  /** `until`, here and below: clock time at which it may go on or end. */
  | { state: 'waiting'; ahead: number; until?: number }
  /** By a problem that it waits to be over. */
  | ({ state: 'held'; until: number } & Reason)
  | { state: 'running'; progress: number; until?: number }
  /**
   * `changed`: pixels of what was to be kept; `unheard`: last words of a prompt that is longer than the model takes;
   * `unfamiliar`: words that the model has not learned; `alike`: the variants were one picture, which has landed once.
   */
  | { state: 'done'; kept?: Kept; changed?: number; unheard?: string; unfamiliar?: string[]; alike?: boolean }
  | { state: 'failed'; problem: Problem }
  /** `untold`: the server could not be told so far. */
  | { state: 'cancelled'; untold?: boolean };

export type Job = {
  ticket: string;
  name: string;
  count: number;
  /** Pictures sent to the canvas, and in the end those that are there. */
  landed: number;
  phase: Phase;
  /** Its pictures are being looked for, long enough for that to be told. */
  looking?: boolean;
  /** On the canvas, while it is there. */
  row?: string | undefined;
  /** What its results say that they are of, once the server has it. */
  made?: Made;
  /** What it keeps as it is isn't the image's own bytes, so that it may differ from the canvas by how those were redrawn. */
  redrawn: boolean;
  /** To try again with; there is none for a job that an older version began. */
  order?: Order | undefined;
};

export function heldBy({ ms, ...reason }: Waiting, now: number): Phase {
  return { state: 'held', ...reason, until: now + ms };
}

export function isOver({ state }: Phase): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}
