/** On a real redis-server: the contract, and what is left there. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createRedisLimits } from '../../../server/limits/redis-limits.js';
import { openRedis, type RedisLink } from '../../../server/queue/redis-link.js';
import { describeLimits } from '../../contract/limits-contract.js';
import { describeNeeding } from '../../support/needs.js';
import { aRedisServer, startRedis, type RedisServer } from '../../support/redis.js';

describeNeeding(aRedisServer, 'on a real redis-server', () => {
  let server: RedisServer;
  const links: RedisLink[] = [];
  beforeAll(async () => void (server = await startRedis()));
  afterEach(() => links.splice(0).forEach((link) => link.close()));
  afterAll(() => server?.close());

  const join = (prefix: string, patienceMs = 30_000) => {
    const link = openRedis({ url: server.url, prefix, patienceMs });
    links.push(link);
    return link;
  };

  describeLimits('many processes', async () => {
    const prefix = randomUUID();
    const link = join(prefix);
    return {
      both: [createRedisLimits(link), createRedisLimits(join(prefix))],
      // nobody sets the clock of Redis: the bucket is full so much earlier
      pass: async (tenant, ms) => void (await link.commands.incrbyfloat(link.key('rate', tenant), -ms)),
    };
  });

  it('leaves nothing there a minute after the last one was taken', async () => {
    const link = join(randomUUID());
    const limits = createRedisLimits(link);
    const rate = { tenant: 'a', perMinute: 3 };
    await limits.take(rate);
    await limits.giveBack(rate);
    const left = await link.commands.pttl(link.key('rate', 'a'));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
  });

  it('says so when Redis is away', async () => {
    const limits = createRedisLimits(join(randomUUID(), 500));
    await server.kill();
    await expect(limits.take({ tenant: 'a', perMinute: 3 })).rejects.toMatchObject({ code: 'queue_unreachable' });
    await server.start();
  });
});
