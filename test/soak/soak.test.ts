/** A short soak: enough for a worker, Redis and S3 to go away under jobs. `npm run soak` is the long one. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startInstallation, type Installation } from '../../scripts/support/installation.js';
import { soak } from '../../scripts/support/soak.js';
import { describeNeeding } from '../support/needs.js';
import { aRedisServer } from '../support/redis.js';
import { anS3Server } from '../support/s3-server.js';

const JOBS = 60;
const START_MS = 180_000;
const RUN_MS = 400_000;

const both = {
  here: aRedisServer.here && anS3Server.here,
  advice: [aRedisServer, anS3Server].flatMap(({ here, advice }) => (here ? [] : [advice])).join('; '),
};

describeNeeding(both, 'an installation that breaks again and again', () => {
  let installation: Installation;
  beforeAll(async () => void (installation = await startInstallation({ apis: 2, workers: 2, tenants: 2 })), START_MS);
  afterAll(() => installation?.close(), START_MS);

  it(
    'loses no job, makes none twice, and makes the same pictures as a single process',
    async () => {
      const report = await soak(installation, {
        ...{ jobs: JOBS, designers: 8, wishes: 8, seed: 20_261_125, patienceMs: RUN_MS },
        havoc: { killEveryMs: 4000, redisAt: 0.3, storeAt: 0.6, storeAwayMs: 4000 },
        say: () => undefined,
      });
      expect(report.wrong).toEqual([]);
      expect(report).toMatchObject({ submitted: JOBS, lost: 0, duplicated: 0, different: 0 });
      expect(report).toMatchObject({ redisRestarts: 1, storeOutages: 1 });
      expect(report.killedWorkers).toBeGreaterThan(0);
      expect(report.finished).toBeGreaterThan(JOBS / 2);
      expect(report.cancelled).toBeGreaterThan(0);
    },
    RUN_MS,
  );
});
