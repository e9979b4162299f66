/**
 * Sends requests of all sorts to a server of its own, with keys and without, and ends with 1 where an answer, a file or
 * the process is not as it must be.
 *
 *     npm run fuzz -- --requests 20000
 *
 * `--seed` sends the same ones again. Half of the requests go to each of the two servers.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { attack } from '../test/fuzz/campaign.js';
import { startTarget } from '../test/fuzz/target.js';
import { readCount } from './support/options.js';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
const requests = readCount('--requests', values.requests);
const seed = readCount('--seed', values.seed);

for (const keyed of [true, false]) {
  const target = await startTarget({ keyed });
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(0)} s`;
  const onProgress = (fired: number) => {
    if (fired % 1000 === 0) console.log(`${seconds().padStart(6)}  ${fired} requests to the server ${target.name}`);
  };
  try {
    const figures = await attack(target, { requests: Math.ceil(requests / 2), seed, onProgress });
    console.log(`The server ${target.name} stood ${figures.fired} requests of seed ${seed}, in ${seconds()}.`);
    console.log(`  answers by status: ${JSON.stringify(figures.statuses)}`);
    console.log(
      `  slowest answer ${Math.round(figures.slowestMs)} ms, slowest /healthz ${Math.round(figures.slowestHealthMs)} ms`,
    );
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exitCode = 1;
  } finally {
    await target.close();
  }
}
