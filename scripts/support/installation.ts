/** Toile as it is hosted, on this machine: Redis, S3, API processes and workers, all of them real, and ways to break them. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { API_READY, startMain, WORKER_READY, type MainProcess } from '../../test/support/main-process.js';
import { findPorts, kill, startTogether } from '../../test/support/processes.js';
import { startRedis, type RedisServer } from '../../test/support/redis.js';
import { root } from '../../test/support/root.js';
import { createBucket, startS3Server, type S3Server } from '../../test/support/s3-server.js';
import { tinyBundleSettings } from '../../test/support/tiny-bundle.js';
import type { Desk } from './stubborn-client.js';
import { readChildren, type Watched } from './watch-memory.js';

export type Installation = {
  /** Each of its tenants at each of its API processes. */
  desks: readonly (readonly Desk[])[];
  redis: RedisServer;
  s3: S3Server;
  /** Those of its processes that are there from its start to its end. */
  lasting(): Promise<Watched[]>;
  /** Ends a worker as a crash would, never the first, and starts another in its place. */
  replaceWorker(): Promise<void>;
  /** What its processes have logged that is worse than a warning, and how often. */
  complaints(): Record<string, number>;
  close(): Promise<void>;
};

export type InstallationOptions = { apis: number; workers: number; tenants: number };

const complaint = z.object({ msg: z.string(), err: z.object({ message: z.string() }).optional() });

const BUCKET = 'toile-soak';

export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const [redis, s3] = await startTogether([startRedis(), startS3Server()]);
  const all: MainProcess[] = [];
  const close = async () => {
    await Promise.all(all.map(({ child }) => kill(child)));
    await Promise.all([redis.close(), s3.close()]);
  };
  try {
    return { ...(await startServers(options, { redis, s3, all })), redis, s3, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

type Ground = {
  redis: RedisServer;
  s3: S3Server;
  /** Every process of the server that was ever started goes in here. */
  all: MainProcess[];
};

async function startServers(
  { apis, workers, tenants }: InstallationOptions,
  { redis, s3, all }: Ground,
): Promise<Omit<Installation, 'redis' | 's3' | 'close'>> {
  await createBucket(s3, BUCKET);
  const place = {
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    TOILE_QUEUE: redis.url,
    TOILE_STORE: `s3://${BUCKET}/soak`,
    TOILE_S3_ENDPOINT: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3.accessKey,
    AWS_SECRET_ACCESS_KEY: s3.secretKey,
  };
  const keys: string[] = [];
  for (let n = 1; n <= tenants; n++) keys.push(await addKey(`tenant-${n}`, place));
  const began = async (starting: Promise<MainProcess>) => {
    const started = await starting;
    all.push(started);
    return started;
  };
  const startWorker = () =>
    began(startMain({ role: 'worker', env: { ...place, ...tinyBundleSettings() }, ready: WORKER_READY }));
  const crew: MainProcess[] = [];
  for (let n = 0; n < workers; n++) crew.push(await startWorker());
  const [steady] = crew;
  const ports = await findPorts(apis);
  const fronts = await Promise.all(
    ports.map((port) => began(startMain({ role: 'api', env: { ...place, PORT: String(port) }, ready: API_READY }))),
  );
  let turn = 0;

  return {
    desks: keys.map((key) => ports.map((port) => ({ origin: `http://127.0.0.1:${port}`, key }))),
    async lasting() {
      const pidOf = ({ child }: MainProcess) => child.pid ?? 0;
      const apart = fronts.map((front, n) => ({ name: `API ${n + 1}`, pid: pidOf(front) }));
      if (!steady) return apart;
      const [engine = 0] = await readChildren(pidOf(steady));
      return [...apart, { name: 'worker 1', pid: pidOf(steady) }, { name: "worker 1's engine", pid: engine }];
    },
    async replaceWorker() {
      // the first one is left alone, so that somebody lasts
      const victim = 1 + (turn++ % Math.max(1, crew.length - 1));
      const doomed = crew[victim];
      if (!doomed) return;
      await kill(doomed.child);
      crew[victim] = await startWorker();
    },
    complaints() {
      const counts: Record<string, number> = {};
      for (const line of all.flatMap(({ said }) => said().split('\n'))) {
        if (!/^\{"level":[56]0/.test(line)) continue;
        const { msg, err } = complaint.parse(JSON.parse(line));
        const what = [msg, err?.message.slice(0, 200)].filter(Boolean).join(': ');
        counts[what] = (counts[what] ?? 0) + 1;
      }
      return counts;
    },
  };
}

/** As whoever runs an installation makes one. */
async function addKey(name: string, place: Record<string, string>): Promise<string> {
  const cli = path.join(root, 'dist', 'server', 'cli.js');
  const args = [cli, 'keys', 'add', name, '--active', '1000'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...place } });
  return stdout.trim();
}
