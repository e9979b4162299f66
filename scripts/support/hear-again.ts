/** A job that has ended, heard once more from its first event: what it told must be whole, in order and told once. */
import type { JobView } from '../../shared/job.js';
import type { Desk, NumberedEvent, StubbornClient } from './stubborn-client.js';

export type Hearing = {
  /** What does not hold, in words. */
  wrong: string[];
  /** Ends beyond the first, and variants told more than once. */
  doubles: number;
  /** How often it began anew, after the first time. */
  restarts: number;
};

const MOST_TRIES = 5;

export async function hearAgain(client: StubbornClient, desk: Desk, id: string, signal: AbortSignal): Promise<Hearing> {
  const view = await client.view(desk, id, signal);
  const events: NumberedEvent[] = [];
  // a stream may break, and goes on where it broke
  for (let tries = 0; tries < MOST_TRIES && !events.some(isEnd); tries++) {
    for await (const heard of client.listen(desk, id, events.at(-1)?.id ?? 0, signal)) events.push(heard);
  }
  return weigh(view, events);
}

/** @param events all that it told */
export function weigh(view: JobView, events: readonly NumberedEvent[]): Hearing {
  const wrong: string[] = [];
  const ends = events.filter(isEnd);
  const told = events.flatMap(({ event }) => (event.type === 'variant' ? [event.variant] : []));
  const starts = events.filter(({ event }) => event.type === 'started').length;
  if (ends.length === 0) wrong.push('it told no end');
  if (events.at(-1)?.event.type !== view.state)
    wrong.push(`it is ${view.state}, and told ${events.at(-1)?.event.type} at last`);
  const gap = events.findIndex(({ id }, n) => id !== n + 1);
  if (gap >= 0) wrong.push(`its event ${gap + 1} is numbered ${events[gap]?.id}`);
  if (new Set(told).size !== view.variants.length)
    wrong.push(`it has ${view.variants.length} variants, and told ${told.join(', ')}`);
  const doubles = Math.max(0, ends.length - 1) + told.length - new Set(told).size;
  return { wrong, doubles, restarts: Math.max(0, starts - 1) };
}

function isEnd({ event }: NumberedEvent): boolean {
  return event.type === 'done' || event.type === 'failed' || event.type === 'cancelled';
}
