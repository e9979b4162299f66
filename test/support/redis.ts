/** A real redis-server on a free port of this machine, with a folder of its own that outlives a restart. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { findPort, kill } from './processes.js';

export type RedisServer = {
  readonly url: string;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** On the same port and folder. */
  start(): Promise<void>;
  /** Ends it and removes its files. */
  close(): Promise<void>;
};

export const aRedisServer = {
  here: spawnSync('redis-server', ['--version']).status === 0,
  advice: 'install redis-server with: apt-get install -y --no-install-recommends redis-server',
};

export async function startRedis(): Promise<RedisServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'toile-redis-'));
  const port = await findPort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const start = async () => {
    const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', ''];
    child = spawn('redis-server', [...place, '--appendonly', 'yes', '--appendfsync', 'always'], { stdio: 'ignore' });
    const probe = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    probe.on('error', () => undefined);
    await probe.ping();
    probe.disconnect();
  };
  const end = async () => {
    if (child) await kill(child);
  };
  await start();
  return {
    url,
    kill: end,
    start,
    async close() {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
