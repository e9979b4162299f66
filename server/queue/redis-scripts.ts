/**
 * What changes a job in Redis, each as one step that nothing can come between, in Lua. A job is a hash, its events are a
 * stream numbered 1, 2, 3 …, jobs that wait are a sorted set, and those that run a set.
 */

/** Ends a job's keys this long after the last word of it. */
const KEEP_SECONDS = 7 * 24 * 3600;
/** About how many events are kept a job, the newest ones. */
const MAX_EVENTS = 5000;

const tell = `
local function tell(job, events, id, event, channel)
  local number = redis.call('HINCRBY', job, 'events', 1)
  redis.call('XADD', events, 'MAXLEN', '~', ${MAX_EVENTS}, number .. '-0', 'event', event)
  redis.call('EXPIRE', job, ${KEEP_SECONDS})
  redis.call('EXPIRE', events, ${KEEP_SECONDS})
  redis.call('PUBLISH', channel, id)
end
local function held(job, holder)
  return redis.call('HGET', job, 'state') == 'running' and redis.call('HGET', job, 'holder') == holder
end
`;

/** By Redis' own clock, since those of two machines may be far apart. In milliseconds. */
const clock = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/** BullMQ's lowest priority. */
const LAST_SLOT = 2 ** 21;

/**
 * KEYS job, waiting, running, slots, active. ARGV id, digest, tenant, the jobs that may wait, as many for a tenant without
 * any, the tenant's own that may wait or run or '', then the job's other fields by name and value.
 * Gives { 'taken', slot }, { 'known', digest }, { 'full', number waiting } or { 'over', the tenant's own }.
 * Tenants take turns: a job's slot is the one after its tenant's last, or the one whose turn it is. Within a slot who came
 * first is first.
 */
export const TAKE = `${clock}
local digest = redis.call('HGET', KEYS[1], 'digest')
if digest then return { 'known', digest } end
local waiting = redis.call('ZCARD', KEYS[2])
if waiting == 0 and redis.call('SCARD', KEYS[3]) == 0 then redis.call('DEL', KEYS[4], KEYS[5]) end
local active = tonumber(redis.call('HGET', KEYS[5], ARGV[3]) or 0)
if ARGV[6] ~= '' and active >= tonumber(ARGV[6]) then return { 'over', tostring(active) } end
local room = tonumber(active == 0 and ARGV[5] or ARGV[4])
if waiting >= room then return { 'full', tostring(waiting) } end
local last = tonumber(redis.call('HGET', KEYS[4], 'last:' .. ARGV[3]) or 0)
local turn = tonumber(redis.call('HGET', KEYS[4], 'turn') or 0)
local slot = math.min(math.max(last + 1, turn), ${LAST_SLOT})
redis.call('HSET', KEYS[4], 'last:' .. ARGV[3], slot)
local place = slot * 2 ^ 31 + redis.call('HINCRBY', KEYS[4], 'count', 1)
redis.call('HSET', KEYS[1], 'state', 'queued', 'digest', ARGV[2], 'tenant', ARGV[3], 'slot', slot, 'progress', 0)
redis.call('HSET', KEYS[1], 'place', string.format('%.0f', place), 'submittedAt', now(), unpack(ARGV, 7))
redis.call('EXPIRE', KEYS[1], ${KEEP_SECONDS})
redis.call('ZADD', KEYS[2], string.format('%.0f', place), ARGV[1])
redis.call('HINCRBY', KEYS[5], ARGV[3], 1)
return { 'taken', tostring(slot) }
`;

/** KEYS job, events. ARGV id, event, channel. Tells a waiting job its place, unless it knows. */
export const PLACE = `${tell}
if redis.call('HGET', KEYS[1], 'state') ~= 'queued' or redis.call('HGET', KEYS[1], 'told') == ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'told', ARGV[2])
tell(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])
return 1
`;

/**
 * KEYS job, events, waiting, running, slots. ARGV id, event, channel, holder, the worker's version.
 * Whoever starts a job holds it, and who held it before is heard no more. Gives 0 for a job that has ended, or ran out while
 * it waited.
 */
export const START = `${tell}${clock}
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'queued' and state ~= 'running' then
  redis.call('ZREM', KEYS[3], ARGV[1])
  return 0
end
local queued = now() - tonumber(redis.call('HGET', KEYS[1], 'submittedAt'))
redis.call('HSET', KEYS[1], 'state', 'running', 'holder', ARGV[4], 'progress', 0, 'queuedMs', math.max(0, queued))
redis.call('HSET', KEYS[1], 'workerVersion', ARGV[5])
redis.call('HDEL', KEYS[1], 'passes', 'told')
local slot = tonumber(redis.call('HGET', KEYS[1], 'slot'))
if slot > tonumber(redis.call('HGET', KEYS[5], 'turn') or 0) then redis.call('HSET', KEYS[5], 'turn', slot) end
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('SADD', KEYS[4], ARGV[1])
tell(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])
return 1
`;

/**
 * KEYS job, events. ARGV id, event, channel, holder, progress, field, value. Gives 'heard', or of a job that is held no more
 * 'cancelled' or 'lost' to another.
 * A variant made again by a second worker is the same one, and told once.
 */
export const REPORT = `${tell}
if not held(KEYS[1], ARGV[4]) then return redis.call('HGET', KEYS[1], 'state') == 'cancelled' and 'cancelled' or 'lost' end
redis.call('HSET', KEYS[1], 'progress', ARGV[5])
if ARGV[6] ~= '' then
  if ARGV[6] ~= 'passes' and redis.call('HGET', KEYS[1], ARGV[6]) == ARGV[7] then return 'heard' end
  redis.call('HSET', KEYS[1], ARGV[6], ARGV[7])
end
tell(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])
return 'heard'
`;

/**
 * KEYS job, events, waiting, running, active, slots. ARGV id, event, channel, holder or '' for anybody, state, cancel channel,
 * then fields by name and value. Changes nothing about a job that has ended.
 * A job that ends while it waits gives its tenant's last slot back, and a tenant without any more is as one that had this
 * turn: forgotten as a whole, two that send one job after the other would have every turn before all who wait.
 */
export const END = `${tell}
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'queued' and state ~= 'running' then return 0 end
if ARGV[4] ~= '' and not held(KEYS[1], ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[5], unpack(ARGV, 7))
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('SREM', KEYS[4], ARGV[1])
local tenant = redis.call('HGET', KEYS[1], 'tenant')
local last = tonumber(redis.call('HGET', KEYS[6], 'last:' .. tenant) or 0)
local turn = tonumber(redis.call('HGET', KEYS[6], 'turn') or 0)
if state == 'queued' and last == tonumber(redis.call('HGET', KEYS[1], 'slot')) then last = last - 1 end
if redis.call('HINCRBY', KEYS[5], tenant, -1) <= 0 then
  redis.call('HDEL', KEYS[5], tenant)
  last = math.min(last, turn)
end
redis.call('HSET', KEYS[6], 'last:' .. tenant, last)
tell(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])
if ARGV[5] == 'cancelled' then redis.call('PUBLISH', ARGV[6], ARGV[1]) end
return 1
`;

/** KEYS job, waiting, running. ARGV id, holder. A job goes back to the place in line that it had. */
export const HAND_BACK = `${tell}
if not held(KEYS[1], ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'state', 'queued', 'progress', 0)
redis.call('HDEL', KEYS[1], 'holder', 'passes')
redis.call('ZADD', KEYS[2], redis.call('HGET', KEYS[1], 'place'), ARGV[1])
redis.call('SREM', KEYS[3], ARGV[1])
return 1
`;

/** KEYS machines. ARGV milliseconds, names of engines that are there. Forgets those that were silent for longer than that. */
export const ANNOUNCE = `${clock}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. (now() - ARGV[1]))
for n = 2, #ARGV do redis.call('ZADD', KEYS[1], now(), ARGV[n]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
`;

/** KEYS machines. ARGV milliseconds. Gives how many engines were said to be there within them. */
export const COUNT = `${clock}
return redis.call('ZCOUNT', KEYS[1], now() - ARGV[1], '+inf')
`;
