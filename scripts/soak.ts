/**
 * An installation on this machine, with Redis, S3, two API processes and three workers, under many jobs: workers are
 * killed all the while, Redis is killed once and S3 is away once. Nothing may be lost, made twice or come out otherwise
 * than from a single process; it ends with 1 where something is.
 *
 *     npm run soak -- --jobs 2000 --json out/soak.json
 *
 * Needs redis-server and OpenStack Swift. The model is a tiny one, untrained: the server is what is tested. `--seed` gives
 * the same jobs again, at other moments.
 */
import { randomInt } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { aRedisServer } from '../test/support/redis.js';
import { anS3Server } from '../test/support/s3-server.js';
import { printTable } from './support/figures.js';
import { startInstallation } from './support/installation.js';
import { readCount } from './support/options.js';
import { soak } from './support/soak.js';
import { tellSpread, tellTally } from './support/tally.js';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '2000' },
    designers: { type: 'string', default: '12' },
    requests: { type: 'string', default: '60' },
    'kill-every': { type: 'string', default: '10' },
    outage: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    json: { type: 'string' },
  },
});
for (const { here, advice } of [aRedisServer, anS3Server]) if (!here) throw new Error(advice);

const startedAt = performance.now();
const say = (text: string) =>
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(6)} s  ${text}`);

say('starts Redis, S3, two API processes and three workers');
const installation = await startInstallation({ apis: 2, workers: 3, tenants: 2 });
try {
  const report = await soak(installation, {
    jobs: readCount('--jobs', values.jobs),
    designers: readCount('--designers', values.designers),
    wishes: readCount('--requests', values.requests),
    seed: readCount('--seed', values.seed),
    havoc: {
      killEveryMs: 1000 * readCount('--kill-every', values['kill-every']),
      redisAt: 0.3,
      storeAt: 0.6,
      storeAwayMs: 1000 * readCount('--outage', values.outage),
    },
    patienceMs: 600_000,
    say,
  });
  console.log();
  printTable([
    ...tellTally(report),
    ['in a queue with nobody in it', tellSpread(report.idleQueuedMs)],
    ['workers killed', String(report.killedWorkers)],
    ['restarts of Redis, outages of S3', `${report.redisRestarts}, ${report.storeOutages}`],
    ['seconds, jobs a second', `${report.seconds}, ${report.jobsPerSecond}`],
    ...report.growth.map(({ name, from, to, slope, standardError }) => [
      `memory of ${name}`,
      `${from.toFixed(0)} to ${to.toFixed(0)} MiB, ${slope.toFixed(1)} ± ${standardError.toFixed(1)} MiB an hour`,
    ]),
  ]);
  for (const [line, count] of Object.entries(report.complaints)) console.log(`logged ${count} times: ${line}`);
  for (const line of report.wrong) console.log(line);
  if (values.json !== undefined) {
    await mkdir(path.dirname(values.json), { recursive: true });
    await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
    console.log(`wrote ${values.json}`);
  }
  if (report.lost + report.duplicated + report.different > 0) process.exitCode = 1;
} finally {
  await installation.close();
}
