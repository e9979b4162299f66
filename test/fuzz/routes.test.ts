/** Whatever is sent to it, the server answers in its own words, keeps to its own folder and stays up. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attack } from './campaign.js';
import { startTarget, type Target } from './target.js';

/** The same requests in every run; `npm run fuzz` sends others. */
const SEED = 20_261_125;
const REQUESTS = 1000;
const START_MS = 120_000;
const TIMEOUT_MS = 300_000;

describe.each([true, false])('a server with keys: %s', (keyed) => {
  let target: Target;
  beforeAll(async () => void (target = await startTarget({ keyed })), START_MS);
  afterAll(() => target?.close());

  it(
    'is unharmed by requests of all sorts',
    async () => {
      const { fired, statuses } = await attack(target, { requests: REQUESTS, seed: SEED });
      expect(fired).toBe(REQUESTS);
      // that much of it is right enough to be served at all
      expect(statuses[200]).toBeGreaterThan(REQUESTS / 20);
      expect(statuses[201]).toBeGreaterThan(REQUESTS / 50);
      expect(statuses[202]).toBeGreaterThan(REQUESTS / 50);
    },
    TIMEOUT_MS,
  );
});
