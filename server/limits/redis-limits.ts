/** The limits of many processes, kept in Redis and by its clock: those of the processes may differ. */
import { z } from 'zod';
import type { RedisLink } from '../queue/redis-link.js';
import type { Limits } from './limits.js';

/** KEYS bucket. ARGV per minute. Gives the milliseconds to wait, 0 where one was taken. A bucket is as in memory-limits. */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local next = math.max(now, tonumber(redis.call('GET', KEYS[1]) or now)) + 60000 / tonumber(ARGV[1])
local wait = math.floor(next - now - 60000)
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.3f', next), 'PX', 60000)
return 0
`;

/** KEYS bucket. ARGV per minute. */
const GIVE_BACK = `
local full = redis.call('GET', KEYS[1])
if full then redis.call('SET', KEYS[1], string.format('%.3f', full - 60000 / tonumber(ARGV[1])), 'KEEPTTL') end
return 0
`;

const waited = z.coerce.number();

export function createRedisLimits(link: RedisLink): Limits {
  const run = (script: string, tenant: string, perMinute: number) =>
    link.reach(() => link.commands.eval(script, 1, link.key('rate', tenant), perMinute));
  return {
    async take({ tenant, perMinute }) {
      return waited.parse(await run(TAKE, tenant, perMinute));
    },
    async giveBack({ tenant, perMinute }) {
      await run(GIVE_BACK, tenant, perMinute);
    },
  };
}
