import { describe, expect, it } from 'vitest';
import type { HeadInput, Networks } from '../../../server/engine/networks.js';
import { isOpening, sample, type Drawing, type Sampling, type View } from '../../../server/engine/sample.js';
import { scriptedCache } from '../../support/scripted-networks.js';

const sampling: Sampling = {
  passes: 4,
  alpha: 0.8,
  beta: 0.2,
  temperature: 0.8,
  firstTemperatureShare: 1,
  finalTemperatureShare: 0.25,
  finalChoiceShare: 1,
  polishShare: 0,
  minP: 0,
  choiceTemperature: 1,
  marginalWeight: 0,
  guidance: 0,
  guidedShare: 1,
  candidates: 1,
};

/** Networks of a grid of 16 cells, with what they were asked: temperatures of the head, and grids that were looked at. */
function createTold() {
  const temperatures: number[] = [];
  const grids: string[] = [];
  const networks = {
    transformer: async (codes: Int32Array) => {
      grids.push(codes.join());
      return { hidden: Float32Array.from(codes), relevance: 0, fidelity: 0 };
    },
    head: async ({ codes, hidden, uniforms, temperature }: HeadInput) => {
      temperatures.push(temperature);
      const drawn = codes.map((code, n) =>
        code < 4 ? code : Math.floor((uniforms[n] ?? 0) * 4 + (hidden[0]?.[n] ?? 0)) % 4,
      );
      return { codes: drawn, logProb: uniforms.map((uniform) => -uniform) };
    },
  } as Partial<Networks> as Networks;
  return { drawing: { networks, groups: 1, maskCode: 4, marginals: [[-1, -1, -1, -1]] }, temperatures, grids };
}

const createView = (): View => ({ cache: scriptedCache(2), surroundings: true, weight: 1 });

type Wish = { changes?: Partial<Sampling>; views?: View[]; seed?: number; base?: Int32Array; editable?: Int32Array };

async function fill(drawing: Drawing, { changes, views = [createView()], seed = 1, ...kept }: Wish): Promise<string> {
  const every = Int32Array.from({ length: 16 }, (_, cell) => cell);
  const passes = sample(
    drawing,
    { base: new Int32Array(16), editable: every, seed, views, ...kept },
    { ...sampling, ...changes },
  );
  for (;;) {
    const step = await passes.next();
    if (step.done) return step.value.codes.join();
  }
}

/** Fills a grid, and tells the temperatures that the head was given. */
async function temperaturesOf(changes: Partial<Sampling>): Promise<number[]> {
  const { drawing, temperatures } = createTold();
  await fill(drawing, { changes });
  return temperatures;
}

describe('the opening', () => {
  const count = (share: number, least: number, passes: number) =>
    Array.from({ length: passes }, (_, n) => isOpening(n + 1, { share, least }, passes)).filter(Boolean).length;

  it('is as many passes as come near to its share, fewer where two come as near', () => {
    expect([1, 2, 4, 6, 8, 10].map((passes) => count(0.2, 0, passes))).toEqual([0, 0, 1, 1, 2, 2]);
    expect([1, 2, 3, 5, 10].map((passes) => count(0.5, 0, passes))).toEqual([0, 1, 1, 2, 5]);
  });

  it('is no shorter than asked', () => {
    expect([1, 2, 4, 6, 8, 10].map((passes) => count(0.2, 1, passes))).toEqual([1, 1, 1, 1, 2, 2]);
  });
});

describe('sampling', () => {
  it('draws at a temperature that falls from pass to pass', async () => {
    const expected = [0.8, 0.6, 0.4, 0.2].map((temperature) => expect.closeTo(temperature));
    expect(await temperaturesOf({})).toEqual(expected);
    expect(await temperaturesOf({ candidates: 2 })).toEqual([...expected, ...expected]);
  });

  it('draws a single pass, and passes that are not to cool, at the temperature itself', async () => {
    expect(await temperaturesOf({ passes: 1 })).toEqual([0.8]);
    expect(await temperaturesOf({ passes: 3, finalTemperatureShare: 1 })).toEqual([0.8, 0.8, 0.8]);
  });
});

describe('the first look at a grid', () => {
  it('is taken once for all variants and candidates of a request, which come out as if each had looked', async () => {
    const { drawing, grids } = createTold();
    const views = [createView()];
    const together = [
      await fill(drawing, { views }),
      await fill(drawing, { views, seed: 2, changes: { candidates: 2 } }),
    ];
    // three grids of four passes, each scored, and one first look
    expect(grids).toHaveLength(3 * 4 + 3 - 2);
    expect(grids.filter((grid) => grid === grids[0])).toHaveLength(1);
    const apart = createTold();
    expect(together).toEqual([
      await fill(apart.drawing, {}),
      await fill(apart.drawing, { seed: 2, changes: { candidates: 2 } }),
    ]);
    expect(new Set(together).size).toBe(2);
  });

  it('is taken anew of a grid that keeps other tokens', async () => {
    const { drawing, grids } = createTold();
    const views = [createView()];
    const editable = Int32Array.of(1, 2, 3, 4);
    await fill(drawing, { views, editable });
    await fill(drawing, { views, editable, base: new Int32Array(16).fill(1) });
    expect(grids).toHaveLength(2 * 5);
  });

  it('is taken by each view for itself', async () => {
    const { drawing, grids } = createTold();
    await fill(drawing, { views: [createView(), { ...createView(), weight: -1 }] });
    expect(grids).toHaveLength(2 * 4 + 1);
  });
});
