/** What a run's orders came to, in figures. */
import type { Outcome } from './carry-out.js';
import { spread, type Spread } from './figures.js';
import type { Hearing } from './hear-again.js';
import type { Hindrances } from './stubborn-client.js';

export type Tally = {
  submitted: number;
  finished: number;
  cancelled: number;
  /** Orders that did not end, or not as they must, and jobs whose tale is not whole. */
  lost: number;
  /** Jobs, ends and variants that there were twice. */
  duplicated: number;
  /** Variants that are not byte for byte those of the same request before. */
  different: number;
  /** Beginnings beyond each job's first. */
  retried: number;
  submitMs: Spread;
  firstEventMs: Spread;
  eventLagMs: Spread;
  queuedMs: Spread;
  hindrances: Hindrances;
  /** The first of what was wrong, an order a line. */
  wrong: string[];
};

/** SHA-256 of variants' files, by wish and index: the first seen is the right one. */
export type Book = Map<string, string>;

const MOST_SHOWN = 40;

export type TallyParts = {
  outcomes: readonly Outcome[];
  /** By order's number. */
  hearings: ReadonlyMap<number, Hearing>;
  book: Book;
  hindrances: Hindrances;
};

export function tally({ outcomes, hearings, book, hindrances }: TallyParts): Tally {
  const wrong: string[] = [];
  let [lost, duplicated, different, retried] = [0, 0, 0, 0];
  for (const outcome of outcomes) {
    const { order, id } = outcome;
    const hearing = hearings.get(order.number) ?? { wrong: ['it was not heard again'], doubles: 0, restarts: 0 };
    const odd = compare(outcome, book);
    const doubles = outcome.doubles + hearing.doubles;
    const said = [...outcome.wrong, ...hearing.wrong];
    if (said.length > 0) lost++;
    duplicated += doubles;
    different += odd.length;
    retried += hearing.restarts;
    const all = [
      ...said,
      ...odd.map((index) => `variant ${index} differs`),
      ...(doubles > 0 ? [`${doubles} of it twice`] : []),
    ];
    if (all.length > 0) wrong.push(`${order.wish.name}, ${order.conduct}, job ${id}: ${all.join('; ')}`);
  }
  const numbers = (of: (outcome: Outcome) => number[]) => spread(outcomes.flatMap(of));
  const some = (value: number | undefined) => (value === undefined ? [] : [value]);
  return {
    submitted: outcomes.length,
    finished: outcomes.filter(({ state }) => state === 'done').length,
    cancelled: outcomes.filter(({ state }) => state === 'cancelled').length,
    lost,
    duplicated,
    different,
    retried,
    submitMs: numbers(({ submitMs }) => [submitMs]),
    firstEventMs: numbers(({ firstEventMs }) => some(firstEventMs)),
    eventLagMs: numbers(({ lagsMs }) => lagsMs),
    queuedMs: numbers(({ queuedMs }) => some(queuedMs)),
    hindrances,
    wrong: wrong.slice(0, MOST_SHOWN),
  };
}

/** Learns what it does not know yet. @returns indices of variants that differ from what it knows */
function compare({ order, pictures }: Outcome, book: Book): number[] {
  return [...pictures].flatMap(([index, digest]) => {
    const place = `${order.wish.name}/${index}`;
    const known = book.get(place);
    if (known === undefined) book.set(place, digest);
    return known === undefined || known === digest ? [] : [index];
  });
}

export function tellSpread({ p50, p99, count }: Spread): string {
  return `${p50} / ${p99} ms (${count})`;
}

/** Rows of a table, what each is and what it came to. */
export function tellTally(all: Tally): string[][] {
  const refusals = Object.entries(all.hindrances.refused).map(([code, count]) => `${count} ${code}`);
  return [
    ['jobs submitted', String(all.submitted)],
    ['finished', String(all.finished)],
    ['cancelled', String(all.cancelled)],
    ['begun anew', String(all.retried)],
    ['lost or wrong', String(all.lost)],
    ['duplicated', String(all.duplicated)],
    ['different', String(all.different)],
    ['submit, p50 / p99 (count)', tellSpread(all.submitMs)],
    ['first event after submitting', tellSpread(all.firstEventMs)],
    ["event's lag between two readers", tellSpread(all.eventLagMs)],
    ['in the queue', tellSpread(all.queuedMs)],
    ['waited out', [...refusals, `${all.hindrances.broken} broken connections`].join(', ')],
  ];
}
