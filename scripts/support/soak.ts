/** Many jobs through an installation that breaks again and again, and the same ones through a single process that doesn't. */
import { randomUUID } from 'node:crypto';
import { startServer } from '../../test/support/server.js';
import { tinyBundleSettings } from '../../test/support/tiny-bundle.js';
import { carryOut, type Outcome } from './carry-out.js';
import { employ } from './employ.js';
import { spread, type Spread } from './figures.js';
import { hearAgain, type Hearing } from './hear-again.js';
import type { Installation } from './installation.js';
import { drawOrder, drawPictures, drawWishes, type Order, type Wish } from './orders.js';
import { createStubbornClient, type Desk } from './stubborn-client.js';
import { tally, type Book, type Tally } from './tally.js';
import { watchMemory, type Growth } from './watch-memory.js';
import { wreakHavoc, type Damage, type Havoc } from './wreak-havoc.js';

export type SoakOptions = {
  jobs: number;
  designers: number;
  /** Different requests, of which each job is one. */
  wishes: number;
  seed: number;
  havoc: Omit<Havoc, 'progress' | 'say'>;
  /** After which an order counts as lost. */
  patienceMs: number;
  say: (text: string) => void;
};

export type SoakReport = Tally &
  Damage & {
    seed: number;
    seconds: number;
    jobsPerSecond: number;
    /** Waiting of jobs that had nobody before them. */
    idleQueuedMs: Spread;
    growth: Growth[];
    complaints: Record<string, number>;
  };

const PASSES = 3;
const IDLE_JOBS = 20;
/** Jobs heard again at a time. */
const READERS = 8;

export async function soak(installation: Installation, options: SoakOptions): Promise<SoakReport> {
  const { jobs, designers, seed, say, patienceMs } = options;
  const wishes = drawWishes(seed, options.wishes, { passes: PASSES });
  const pictures = await drawPictures();
  const client = createStubbornClient();
  const run = randomUUID();
  const brought = new Map<string, string>();
  const desksOf = ({ number }: Order): readonly Desk[] => installation.desks[number % installation.desks.length] ?? [];
  const carry = (order: Order): Promise<Outcome> => {
    const signal = AbortSignal.timeout(patienceMs);
    return carryOut(order, { client, desks: desksOf(order), pictures, brought, run, signal });
  };

  say(`makes ${wishes.length} different requests in a single process`);
  const book = await writeBook(wishes, pictures, patienceMs);
  say('times the queue with nobody in it');
  const idle = await idleAway(wishes, carry, jobs);

  say(`puts ${jobs} jobs through, by ${designers} designers`);
  const stopWatching = watchMemory(await installation.lasting());
  const startedAt = performance.now();
  let ended = 0;
  const mend = wreakHavoc(installation, { ...options.havoc, say, progress: () => ended / jobs });
  const outcomes = await employ({
    designers,
    seed,
    more: (begun) => begun < jobs,
    async carry(number) {
      const outcome = await carry(drawOrder(seed, number, wishes));
      ended++;
      if (ended % 100 === 0) say(`has ended ${ended} jobs`);
      return outcome;
    },
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const damage = await mend();
  const growth = stopWatching();

  say('hears every job again from its first event');
  const hearings = new Map<number, Hearing>();
  const left = [...outcomes];
  const read = async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const [desk] = desksOf(next.order).slice(next.order.number % 2);
      if (!desk || next.id === undefined) continue;
      hearings.set(next.order.number, await hearAgain(client, desk, next.id, AbortSignal.timeout(patienceMs)));
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return {
    ...{ seed, seconds: Math.round(seconds), jobsPerSecond: Math.round((100 * jobs) / seconds) / 100 },
    ...tally({ outcomes, hearings, book, hindrances: client.hindrances }),
    ...damage,
    idleQueuedMs: spread(idle.flatMap(({ queuedMs }) => (queuedMs === undefined ? [] : [queuedMs]))),
    growth,
    complaints: installation.complaints(),
  };
}

/** What a process by itself, with nothing to disturb it, makes of each. */
async function writeBook(
  wishes: readonly Wish[],
  pictures: ReadonlyMap<string, Uint8Array>,
  patienceMs: number,
): Promise<Book> {
  const server = await startServer(tinyBundleSettings());
  try {
    const book: Book = new Map();
    const client = createStubbornClient();
    const parts = {
      client,
      desks: [{ origin: server.origin }],
      pictures,
      brought: new Map<string, string>(),
      run: 'book',
    };
    for (const [number, wish] of wishes.entries()) {
      const order: Order = { number, wish, conduct: 'stays', repeats: false, mistakes: false };
      const outcome = await carryOut(order, { ...parts, signal: AbortSignal.timeout(patienceMs) });
      if (outcome.wrong.length > 0) throw new Error(`${wish.name}: ${outcome.wrong.join('; ')}`);
      for (const [index, digest] of outcome.pictures) book.set(`${wish.name}/${index}`, digest);
    }
    return book;
  } finally {
    await server.close();
  }
}

/** One job after the other. */
async function idleAway(
  wishes: readonly Wish[],
  carry: (order: Order) => Promise<Outcome>,
  jobs: number,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [n, wish] of wishes.slice(0, IDLE_JOBS).entries()) {
    // numbers that the run itself has not
    outcomes.push(await carry({ number: jobs + n, wish, conduct: 'stays', repeats: false, mistakes: false }));
  }
  return outcomes;
}
