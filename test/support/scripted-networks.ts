/** Networks that compute nothing, write down which rows ran together, and can be made to fail or to do something first. */
import type { BatchNetworks, ConditionCache, HeadInput, PassInput } from '../../server/engine/networks.js';

export type ScriptedRun = { network: 'transformer' | 'head'; rows: number[] };

/** Rows are known by the first of their codes. */
export function createScriptedNetworks(before: (run: ScriptedRun, runs: readonly ScriptedRun[]) => unknown = () => 0) {
  const runs: ScriptedRun[] = [];
  const begin = async (network: ScriptedRun['network'], rows: readonly { codes: Int32Array }[]) => {
    const run = { network, rows: rows.map(({ codes }) => codes[0] ?? NaN) };
    runs.push(run);
    await before(run, runs);
  };
  const unused = () => Promise.reject(new Error('not scripted'));
  const networks: BatchNetworks = {
    encode: unused,
    blend: unused,
    decode: async () => Float32Array.of(1),
    decodeMixed: unused,
    conditions: unused,
    async transformer(rows: readonly PassInput[]) {
      await begin('transformer', rows);
      return rows.map(({ codes }) => ({ hidden: Float32Array.from(codes), relevance: codes[0] ?? NaN, fidelity: 0 }));
    },
    async head(rows: readonly HeadInput[]) {
      await begin('head', rows);
      return rows.map(({ codes }) => ({ codes, logProb: Float32Array.from(codes) }));
    },
    release: async () => undefined,
  };
  return { networks, runs };
}

export function scriptedCache(length: number): ConditionCache {
  return { length, keys: new Float32Array(), values: new Float32Array() };
}
