/** What every adapter of the limits must do, whatever it stands on. */
import { describe, expect, it } from 'vitest';
import { withinRate, type Limits, type Rate } from '../../server/limits/limits.js';

/** Two processes' views of the same limits, and what lets milliseconds go by for a tenant. */
type Opened = { both: [Limits, Limits]; pass: (tenant: string, ms: number) => Promise<void> };

/** What a wait and a span of this process's clock may differ by: the limits' own clock is another. */
const SLACK_MS = 20;

/** @param open gives limits of which nobody has asked for anything yet */
export function describeLimits(name: string, open: () => Promise<Opened>): void {
  const slow: Rate = { tenant: 'a', perMinute: 3 };
  const slowest: Rate = { tenant: 'a', perMinute: 1 };
  const take = async (limits: Limits, rate: Rate, times: number) => {
    const waits = [];
    for (let n = 0; n < times; n++) waits.push(await limits.take(rate));
    return waits;
  };

  describe(`${name} as limits`, () => {
    it("gives a minute's worth at once, and then says when the next will be there", async () => {
      const { both } = await open();
      const since = performance.now();
      const [a, b, c, wait] = await take(both[0], slow, 4);
      expect([a, b, c]).toEqual([0, 0, 0]);
      expect(wait).toBeGreaterThanOrEqual(20_000 - (performance.now() - since) - SLACK_MS);
      expect(wait).toBeLessThanOrEqual(20_000);
    });

    it.each([1, 7, 59, 60, 61, 997])('gives %i a minute as so many, and not one less or more', async (perMinute) => {
      const { both } = await open();
      const since = performance.now();
      const waits = await take(both[0], { tenant: 'a', perMinute }, perMinute + 1);
      // and those that came back while these were asked for
      const most = perMinute + (performance.now() - since + SLACK_MS) / (60_000 / perMinute);
      const given = waits.filter((ms) => ms === 0).length;
      expect(waits.slice(0, perMinute).filter((ms) => ms > 0)).toEqual([]);
      expect(given).toBeLessThanOrEqual(most);
    });

    it('has one again after just the time that it named, and no other', async () => {
      const { both, pass } = await open();
      const [limits] = both;
      expect(await limits.take(slowest)).toBe(0);
      const wait = await limits.take(slowest);
      expect(wait).toBeGreaterThan(0);
      await pass('a', wait / 2);
      expect(await limits.take(slowest)).toBeGreaterThan(0);
      await pass('a', wait / 2 + 1);
      expect(await limits.take(slowest)).toBe(0);
      expect(await limits.take(slowest)).toBeGreaterThan(0);
    });

    it('is one for all processes, and one for each tenant', async () => {
      const [one, other] = (await open()).both;
      expect([...(await take(one, slow, 2)), ...(await take(other, slow, 1))]).toEqual([0, 0, 0]);
      expect(await one.take(slow)).toBeGreaterThan(0);
      expect(await one.take({ ...slow, tenant: 'b' })).toBe(0);
    });

    it('gives out no more, however many ask at once', async () => {
      const { both } = await open();
      const asked = Array.from({ length: 20 }, (_, n) => both[n % 2]!.take(slow));
      expect((await Promise.all(asked)).filter((wait) => wait === 0)).toHaveLength(3);
    });

    it('takes one back, and no more than there were', async () => {
      const [limits] = (await open()).both;
      await limits.giveBack(slow);
      await take(limits, slow, 3);
      await limits.giveBack(slow);
      const [one, none] = await take(limits, slow, 2);
      expect(one).toBe(0);
      expect(none).toBeGreaterThan(0);
    });

    it('counts what is taken in, and nothing that is refused', async () => {
      const [limits] = (await open()).both;
      const refused = () => Promise.reject(new Error('full'));
      for (let n = 0; n < 5; n++) await expect(withinRate(limits, slow, refused)).rejects.toThrow('full');
      for (let n = 0; n < 3; n++) expect(await withinRate(limits, slow, async () => n)).toBe(n);
      await expect(withinRate(limits, slow, async () => 0)).rejects.toMatchObject({
        code: 'rate_limited',
        details: { perMinute: 3 },
        retryAfterMs: expect.any(Number),
      });
      expect(await withinRate(limits, { tenant: 'a' }, async () => 'as often as one likes')).toBeTruthy();
    });
  });
}
