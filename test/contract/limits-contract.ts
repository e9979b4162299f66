/** What every adapter of the limits must do, whatever it stands on. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { withinRate, type Limits, type Rate } from '../../server/limits/limits.js';

/** @param open gives two processes' views of the same limits, nobody having asked for anything yet */
export function describeLimits(name: string, open: () => Promise<[Limits, Limits]>): void {
  const slow: Rate = { tenant: 'a', perMinute: 3 };
  const quick: Rate = { tenant: 'a', perMinute: 120 }; // one every half a second
  const take = async (limits: Limits, rate: Rate, times: number) => {
    const waits = [];
    for (let n = 0; n < times; n++) waits.push(await limits.take(rate));
    return waits;
  };

  describe(`${name} as limits`, () => {
    it("gives a minute's worth at once, and then says when the next will be there", async () => {
      const [limits] = await open();
      const [a, b, c, wait] = await take(limits, slow, 4);
      expect([a, b, c]).toEqual([0, 0, 0]);
      expect(wait).toBeGreaterThan(19_000);
      expect(wait).toBeLessThanOrEqual(20_000);
    });

    it.each([1, 7, 59, 60, 61, 997])('gives %i a minute as so many, and not one less or more', async (perMinute) => {
      const [limits] = await open();
      const waits = await take(limits, { tenant: 'a', perMinute }, perMinute);
      expect(waits.filter((ms) => ms > 0)).toEqual([]);
      // longer than that many took, unless they are so many that new ones came meanwhile
      if (perMinute < 100) expect(await limits.take({ tenant: 'a', perMinute })).toBeGreaterThan(0);
    });

    it('has one again after just the time that it named, and no other', async () => {
      const [limits] = await open();
      await take(limits, slow, 3);
      const wait = await limits.take(quick);
      expect(wait).toBeGreaterThan(100);
      expect(wait).toBeLessThanOrEqual(500);
      await delay(wait + 5);
      expect(await limits.take(quick)).toBe(0);
      expect(await limits.take(quick)).toBeGreaterThan(0);
    });

    it('is one for all processes, and one for each tenant', async () => {
      const [one, other] = await open();
      expect([...(await take(one, slow, 2)), ...(await take(other, slow, 1))]).toEqual([0, 0, 0]);
      expect(await one.take(slow)).toBeGreaterThan(0);
      expect(await one.take({ ...slow, tenant: 'b' })).toBe(0);
    });

    it('gives out no more, however many ask at once', async () => {
      const both = await open();
      const asked = Array.from({ length: 20 }, (_, n) => both[n % 2]!.take(slow));
      expect((await Promise.all(asked)).filter((wait) => wait === 0)).toHaveLength(3);
    });

    it('takes one back, and no more than there were', async () => {
      const [limits] = await open();
      await limits.giveBack(slow);
      await take(limits, slow, 3);
      await limits.giveBack(slow);
      const [one, none] = await take(limits, slow, 2);
      expect(one).toBe(0);
      expect(none).toBeGreaterThan(0);
    });

    it('counts what is taken in, and nothing that is refused', async () => {
      const [limits] = await open();
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
