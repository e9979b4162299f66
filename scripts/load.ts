/**
 * Puts a server under the load of many designers for a while, and prints what came of it. Ends with 1 where a job is lost,
 * ends as it must not, or comes out otherwise than the same request before.
 *
 *     npm run load -- --server http://localhost:8787 --key toile_… --seconds 60 --designers 8
 *
 * Several `--server` are API processes of one installation, several `--key` its tenants. Without `--server` it starts one
 * of its own, on a tiny model, untrained: the server is under load then and not the model. `--passes` bounds those of a
 * variant. An event's lag is how much later one of two readers has it than the other, who ask at different servers where
 * there are several.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startServer } from '../test/support/server.js';
import { tinyBundleSettings } from '../test/support/tiny-bundle.js';
import { carryOut } from './support/carry-out.js';
import { employ } from './support/employ.js';
import { printTable } from './support/figures.js';
import { hearAgain, type Hearing } from './support/hear-again.js';
import { readCount } from './support/options.js';
import { drawOrder, drawPictures, drawWishes, type Order } from './support/orders.js';
import { createStubbornClient } from './support/stubborn-client.js';
import { tally, tellSpread, tellTally, type Book } from './support/tally.js';
import { spread } from './support/figures.js';

const { values } = parseArgs({
  options: {
    server: { type: 'string', multiple: true, default: [] },
    key: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '60' },
    designers: { type: 'string', default: '8' },
    requests: { type: 'string', default: '60' },
    passes: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
const seed = readCount('--seed', values.seed);
const seconds = readCount('--seconds', values.seconds);
const IDLE_JOBS = 10;
const PATIENCE_MS = 600_000;

const own = values.server.length === 0 ? await startServer(tinyBundleSettings()) : undefined;
try {
  const origins = own ? [own.origin] : values.server.map((server) => new URL(server).origin);
  const tenants = values.key.length === 0 ? [undefined] : values.key;
  const desks = tenants.map((key) => origins.map((origin) => ({ origin, ...(key === undefined ? {} : { key }) })));
  const wishes = drawWishes(seed, readCount('--requests', values.requests), {
    passes: readCount('--passes', values.passes),
  });
  const pictures = await drawPictures();
  const client = createStubbornClient();
  const run = randomUUID();
  const brought = new Map<string, string>();
  const desksOf = ({ number }: Order) => desks[number % desks.length] ?? [];
  const carry = (order: Order) =>
    carryOut(order, {
      client,
      desks: desksOf(order),
      pictures,
      brought,
      run,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });

  const idle: number[] = [];
  for (const [n, wish] of wishes.slice(0, IDLE_JOBS).entries()) {
    const order: Order = { number: 1_000_000 + n, wish, conduct: 'stays', repeats: false, mistakes: false };
    idle.push((await carry(order)).queuedMs ?? Number.NaN);
  }
  console.log(`${values.designers} designers for ${seconds} s, seed ${seed}`);
  const startedAt = performance.now();
  const outcomes = await employ({
    designers: readCount('--designers', values.designers),
    seed,
    more: () => performance.now() - startedAt < 1000 * seconds,
    carry: (number) => carry(drawOrder(seed, number, wishes)),
  });
  const took = (performance.now() - startedAt) / 1000;
  const hearings = new Map<number, Hearing>();
  for (const { order, id } of outcomes) {
    const [desk] = desksOf(order);
    if (!desk || id === undefined) continue;
    hearings.set(order.number, await hearAgain(client, desk, id, AbortSignal.timeout(PATIENCE_MS)));
  }
  const book: Book = new Map();
  const report = tally({ outcomes, hearings, book, hindrances: client.hindrances });
  const made = outcomes.reduce((sum, outcome) => sum + outcome.pictures.size, 0);
  printTable([
    ...tellTally(report),
    ['in a queue with nobody in it', tellSpread(spread(idle))],
    ['a second', `${(outcomes.length / took).toFixed(2)} jobs, ${(made / took).toFixed(2)} pictures`],
  ]);
  for (const line of report.wrong) console.log(line);
  if (report.lost + report.duplicated + report.different > 0) process.exitCode = 1;
} finally {
  await own?.close();
}
