/** What goes wrong in the life of an installation, in the time of a run. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Installation } from './installation.js';

export type Havoc = {
  /** Between one worker's death and the next. */
  killEveryMs: number;
  /** Shares of the run after which Redis and S3 go away, once each. */
  redisAt: number;
  storeAt: number;
  storeAwayMs: number;
  /** How much of the run is over, 0-1. */
  progress: () => number;
  say: (text: string) => void;
};

export type Damage = { killedWorkers: number; redisRestarts: number; storeOutages: number };

const LOOK_MS = 100;

/** @returns what ends it, when the last thing broken is mended */
export function wreakHavoc(installation: Installation, havoc: Havoc): () => Promise<Damage> {
  const { killEveryMs, redisAt, storeAt, storeAwayMs, progress, say } = havoc;
  const damage: Damage = { killedWorkers: 0, redisRestarts: 0, storeOutages: 0 };
  const over = new AbortController();
  const until = async (share: number) => {
    while (progress() < share && !over.signal.aborted) await delay(LOOK_MS);
    return !over.signal.aborted;
  };

  async function killWorkers(): Promise<void> {
    for (;;) {
      await delay(killEveryMs, undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted) return;
      await installation.replaceWorker();
      damage.killedWorkers++;
    }
  }
  async function restartRedis(): Promise<void> {
    if (!(await until(redisAt))) return;
    say('kills Redis, and starts it again on what it has written down');
    await installation.redis.kill();
    await installation.redis.start();
    damage.redisRestarts++;
  }
  async function loseStore(): Promise<void> {
    if (!(await until(storeAt))) return;
    say(`stops S3 for ${storeAwayMs / 1000} s`);
    await installation.s3.stop();
    await delay(storeAwayMs);
    await installation.s3.start();
    say('has started S3 again');
    damage.storeOutages++;
  }
  const all = Promise.all([killWorkers(), restartRedis(), loseStore()]);
  // it is told when it is asked for
  all.catch(() => undefined);
  return async () => {
    over.abort();
    await all;
    return damage;
  };
}
