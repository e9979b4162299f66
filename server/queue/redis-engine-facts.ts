/** What processes without an engine know of it: workers tell it in Redis, so that no API needs a bundle of its own. */
import { setTimeout as delay } from 'node:timers/promises';
import { ToileError } from '../../shared/index.js';
import type { EngineFacts, EngineInfo } from '../engine/engine.js';
import { engineInfo } from '../engine/messages.js';
import { createRedisJobs } from './redis-jobs.js';
import type { RedisLink } from './redis-link.js';

/** An API that starts while all workers are down still knows what they run, this long. */
const KEEP_SECONDS = 24 * 3600;
const REPEAT_MS = 10_000;

/** Tells it until the process ends, for a Redis that was away or emptied meanwhile. */
export async function announceEngine(link: RedisLink, info: EngineInfo): Promise<never> {
  for (;;) {
    const set = () => link.commands.set(link.key('engine'), JSON.stringify(info), 'EX', KEEP_SECONDS);
    await link.reach(set).catch(() => undefined); // the link itself tells of losses
    await delay(REPEAT_MS, undefined, { ref: false });
  }
}

/**
 * `ready` throws `engine_failed` until a worker has been there, and `queue_unreachable`. It stays so when the last worker is
 * gone, since jobs may wait for the next. `up` throws `queue_unreachable` too.
 */
export function createRedisEngineFacts(link: RedisLink): Required<EngineFacts> {
  const jobs = createRedisJobs(link);
  return {
    async ready() {
      const told = await link.reach(() => link.commands.get(link.key('engine')));
      if (told) return engineInfo.parse(JSON.parse(told));
      throw new ToileError('engine_failed', 'no worker has come up yet; npm run start:worker starts one');
    },
    up: async () => (await link.reach(() => jobs.countMachines())) > 0,
  };
}
