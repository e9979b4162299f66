import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createBatch, type Run } from '../../../server/engine/batch.js';
import { createScriptedNetworks, scriptedCache, type ScriptedRun } from '../../support/scripted-networks.js';

type Before = Parameters<typeof createScriptedNetworks>[0];

function setUp(maxBatch: number, before?: Before) {
  const { networks, runs } = createScriptedNetworks(before);
  let clock = 0;
  const batch = createBatch(networks, { maxBatch, now: () => clock });
  const pass = (ms: number) => (clock += ms);
  /** A row that looks at its grid under conditions of that length, and draws under these weights. */
  const row = (id: number, { length = 3, weights = [1], signal = new AbortController().signal } = {}) => {
    const heard: Run[] = [];
    const seen = batch.networksFor({ signal, onRun: (run) => heard.push(run) });
    const codes = Int32Array.of(id);
    const look = () => seen.transformer(codes, scriptedCache(length));
    const draw = () => seen.head({ hidden: [], weights, codes, uniforms: new Float32Array(), temperature: 1, minP: 0 });
    return { look, draw, heard, decode: () => seen.decode(codes, 1, 1) };
  };
  return { batch, runs, row, pass };
}

const shown = (runs: readonly ScriptedRun[]) => runs.map(({ network, rows }) => `${network} ${rows.join(' ')}`);

describe('a batch', () => {
  it('runs as one what rows ask for side by side, and gives each its own', async () => {
    const { batch, runs, row } = setUp(8);
    const found: number[] = [];
    await batch.takeTurns(
      [1, 2, 3].map((id) => async () => {
        found.push((await row(id).look()).relevance, (await row(id).draw()).codes[0] ?? NaN);
      }),
    );
    expect(shown(runs)).toEqual(['transformer 1 2 3', 'head 1 2 3']);
    expect(found).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it('runs no more rows at once than it may', async () => {
    const { batch, runs, row } = setUp(2);
    await batch.takeTurns([1, 2, 3].map((id) => async () => void (await row(id).look())));
    expect(shown(runs)).toEqual(['transformer 1 2', 'transformer 3']);
  });

  it('keeps apart what is of another shape', async () => {
    const { batch, runs, row } = setUp(8);
    const looks = [3, 5, 3, 5].map((length, id) => async () => void (await row(id, { length }).look()));
    const draws = [[1], [2, -1], [2, -2], [2, -1]].map((weights, n) => async () => {
      await row(4 + n, { weights }).draw();
    });
    await batch.takeTurns([...looks, ...draws]);
    expect(shown(runs)).toEqual(['transformer 0 2', 'transformer 1 3', 'head 4', 'head 5 7', 'head 6']);
  });

  it('waits for a row that may still ask for a run, and for none that has ended its turn', async () => {
    const { batch, runs, row } = setUp(8);
    await batch.takeTurns([
      async () => void (await row(1).look()),
      async () => undefined,
      async () => {
        await delay(20);
        expect(runs).toEqual([]);
        await row(2).look();
      },
      async () => {
        await delay(5);
        throw new Error('this row fails');
      },
    ]);
    expect(shown(runs)).toEqual(['transformer 1 2']);
  });

  it('comes to an end however many runs a row asks for in a turn', async () => {
    const { batch, runs, row } = setUp(4);
    await batch.takeTurns(
      [1, 2, 3, 4, 5, 6].map((id) => async () => {
        for (let n = 0; n < id; n++) await row(id, { length: 1 + (n % 2) }).look();
        if (id % 2) await row(id).draw();
        await nextTurn();
        await row(id).draw();
      }),
    );
    const count = (network: string) => runs.filter((run) => run.network === network).flatMap(({ rows }) => rows).length;
    expect([count('transformer'), count('head')]).toEqual([21, 9]);
    expect(Math.max(...runs.map(({ rows }) => rows.length))).toBe(4);
  });

  it('runs at once what is asked for outside of any turn', async () => {
    const { runs, row } = setUp(8);
    await Promise.all([row(1).look(), row(2).look()]);
    expect(shown(runs)).toEqual(['transformer 1', 'transformer 2']);
  });

  it('refuses runs of a cancelled row, and makes those of the others', async () => {
    const control = new AbortController();
    const { batch, runs, row } = setUp(8, () => control.abort());
    const cancelled = row(1, { signal: control.signal });
    const ends: unknown[] = [];
    await batch.takeTurns([
      async () => {
        await cancelled.look();
        ends.push(await cancelled.draw().catch((error: unknown) => error));
      },
      async () => {
        await row(2).look();
        await row(2).draw();
      },
    ]);
    expect(shown(runs)).toEqual(['transformer 1 2', 'head 2']);
    expect(ends).toMatchObject([{ code: 'cancelled' }]);
  });

  it('makes none of the other runs of a cancelled row either, not even one that waits for its turn', async () => {
    const control = new AbortController();
    const { batch, row } = setUp(8, () => control.abort());
    const cancelled = row(1, { signal: control.signal });
    const underWay = row(2).look();
    await expect(cancelled.decode()).rejects.toMatchObject({ code: 'cancelled' });
    await underWay;
    expect(cancelled.heard).toEqual([]);
    const seen = batch.networksFor({ signal: control.signal, onRun: () => undefined });
    const nothing = new Float32Array();
    const refused = await Promise.allSettled([
      seen.encode(nothing, 1, 1),
      seen.blend(nothing, nothing, 0),
      seen.decodeMixed(new Int32Array(), new Int32Array()),
    ]);
    expect(refused).toMatchObject(refused.map(() => ({ status: 'rejected', reason: { code: 'cancelled' } })));
  });

  it('fails no row by its neighbours: what does not run together runs row by row', async () => {
    const { batch, runs, row } = setUp(8, ({ rows }) => {
      if (rows.length > 2 || rows.includes(2)) throw new Error(`no memory for ${rows.length}`);
    });
    const ends = new Map<number, unknown>();
    await batch.takeTurns(
      [1, 2, 3].map((id) => async () => {
        const end = await row(id)
          .look()
          .catch((error: unknown) => error);
        ends.set(id, end);
      }),
    );
    expect(shown(runs)).toEqual(['transformer 1 2 3', 'transformer 1', 'transformer 2', 'transformer 3']);
    expect(ends.get(2)).toEqual(new Error('no memory for 1'));
    expect([ends.get(1), ends.get(3)]).toMatchObject([{ relevance: 1 }, { relevance: 3 }]);
  });

  it('tells each row its share of the time, and how many ran', async () => {
    const { batch, row, pass } = setUp(8, () => pass(30));
    const rows = [row(1), row(2), row(3, { length: 9 })];
    await batch.takeTurns(
      rows.map(
        ({ look }) =>
          async () =>
            void (await look()),
      ),
    );
    await rows[0]!.decode();
    const look = { network: 'transformer', ms: 15, rows: 2 };
    expect(rows.map(({ heard }) => heard)).toEqual([
      [look, { network: 'decode', ms: 0, rows: 1 }],
      [look],
      [{ network: 'transformer', ms: 30, rows: 1 }],
    ]);
    expect(batch.busyMs()).toBe(60);
  });
});
