/** A job as the panel lists it. */
import type { Problem } from '../problem.js';
import type { Kept } from './kept.js';
import type { Order } from './order.js';

export type Phase =
  | { state: 'preparing' }
  | { state: 'uploading' }
  /** `until`, here and below: clock time at which it may go on or end. */
  | { state: 'waiting'; ahead: number; until?: number }
  /** `code`: of the problem that it waits to be over. */
  | { state: 'held'; code: string; until: number }
  | { state: 'running'; progress: number; until?: number }
  /**
   * `changed`: pixels of what was to be kept; `unheard`: last words of a prompt that is longer than the model takes;
   * `unfamiliar`: words that the model has not learned.
   */
  | { state: 'done'; kept?: Kept; changed?: number; unheard?: string; unfamiliar?: string[] }
  | { state: 'failed'; problem: Problem }
  | { state: 'cancelled' };

export type Job = {
  ticket: string;
  name: string;
  count: number;
  landed: number;
  phase: Phase;
  /** Its base isn't the image's own bytes, so outside the mask it may differ from the canvas by its re-encoding. */
  redrawn: boolean;
  /** To try again with; a job found again after the plugin was closed has none. */
  order?: Order;
};

export function isOver({ state }: Phase): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}
