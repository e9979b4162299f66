/**
 * What int8 and kept conditions are worth: a variant from words to PNG as a bundle makes it, next to the same in float32
 * with the conditions' keys and values computed anew before every pass, in turns in one run.
 *
 *     npm run bench:engine -- --bundle garments --runs 15 --threads 2
 */
import { parseArgs } from 'node:util';
import { loadBundle } from '../server/engine/bundle.js';
import type { ConditionSequence } from '../server/engine/condition-sequence.js';
import type { BatchNetworks, ConditionCache } from '../server/engine/networks.js';
import { inFloat32 } from '../test/support/in-float32.js';
import { printTable, quantile } from './support/figures.js';
import { makePictures, openEngine, type OpenEngine } from './support/open-engine.js';
import { readCount } from './support/options.js';

const MOST = 0.6;
/** Of each, before anything is timed: the first runs allocate. */
const WARM_UPS = 3;

const { values } = parseArgs({
  options: {
    bundles: { type: 'string', default: 'models/bundles' },
    bundle: { type: 'string', default: 'garments' },
    prompt: { type: 'string', default: 'red striped t-shirt' },
    runs: { type: 'string', default: '15' },
    threads: { type: 'string', default: '2' },
  },
});
const [runs, threads] = [readCount('--runs', values.runs), readCount('--threads', values.threads)];

const bundle = await loadBundle(values.bundles, values.bundle);
const shipped = await openEngine(bundle, threads);
const plain = await openEngine(inFloat32(bundle), threads, recomputeConditions);
const taken: { shipped: number; plain: number }[] = [];
for (let run = -WARM_UPS; run < runs; run++) {
  const pair = { shipped: await time(shipped, run), plain: await time(plain, run) };
  if (run >= 0) taken.push(pair);
}
console.log(
  `Bundle '${values.bundle}', ${bundle.model.smart.passes} passes, ${threads} threads, ${runs} runs; medians.\n`,
);
const median = (of: (pair: (typeof taken)[number]) => number) => quantile(taken.map(of), 0.5);
const ratio = median((pair) => pair.shipped / pair.plain);
printTable([
  ['from words to PNG', 'time'],
  [`as it runs (${shipped.reason})`, `${median((pair) => pair.shipped).toFixed(1)} ms`],
  ['in float32, conditions anew before every pass', `${median((pair) => pair.plain).toFixed(1)} ms`],
  ['ratio', `${ratio.toFixed(2)}${ratio > MOST ? ` (asked: ${MOST} at most)` : ''}`],
]);
await shipped.networks.release();
await plain.networks.release();

/** Networks that forget the conditions' keys and values: each pass of a row computes them from the sequence again. */
function recomputeConditions(networks: BatchNetworks): BatchNetworks {
  const sequences = new WeakMap<ConditionCache, ConditionSequence>();
  return {
    ...networks,
    async conditions(sequence) {
      const cache = await networks.conditions(sequence);
      sequences.set(cache, sequence);
      return cache;
    },
    async transformer(rows) {
      const anew = [];
      for (const row of rows) {
        const sequence = sequences.get(row.cache);
        if (!sequence) throw new RangeError('a pass under conditions that were never encoded');
        anew.push({ ...row, cache: await networks.conditions(sequence) });
      }
      return networks.transformer(anew);
    },
  };
}

/** Milliseconds. */
async function time(engine: OpenEngine, run: number): Promise<number> {
  const start = performance.now();
  await makePictures(engine, { prompt: values.prompt, seed: run + WARM_UPS });
  return performance.now() - start;
}
