/** The networks of a bundle on ONNX Runtime, behind an interface that knows arrays and no sessions. */
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { ToileError } from '../../shared/index.js';
import type { Bundle } from './bundle.js';
import type { ConditionSequence } from './condition-sequence.js';
import type { EngineDevice } from './engine.js';

// what goes wrong comes as an exception; the runtime's own lines would stand in the midst of JSON logs
ort.env.logLevel = 'fatal';

/** Keys and values of a condition sequence, computed once a request. */
export type ConditionCache = { keys: ort.Tensor; values: ort.Tensor; present: ort.Tensor };

/** What a picture is before and after quantizing. */
export type EncodedPicture = { codes: Int32Array; values: Float32Array };

export type PassOutput = { hidden: Float32Array; relevance: number; fidelity: number };

export interface Networks {
  /** pixels (3, H, W) in [-1, 1], whole cells -> codes (groups, H/cell, W/cell), values (dim, H/cell, W/cell) */
  encode(pixels: Float32Array, width: number, height: number): Promise<EncodedPicture>;
  /** values of two pictures of the model's grid, and how much of the second (0-1) -> codes (groups, cells) */
  blend(first: Float32Array, second: Float32Array, amount: number): Promise<Int32Array>;
  /** codes (groups, rows, columns) -> pixels (3, rows·cell, columns·cell) in [-1, 1] */
  decode(codes: Int32Array, rows: number, columns: number): Promise<Float32Array>;
  /** codes of the model's grid, for the silhouette and for colour and texture -> pixels as `decode` */
  decodeMixed(coarse: Int32Array, fine: Int32Array): Promise<Float32Array>;
  conditions(sequence: ConditionSequence): Promise<ConditionCache>;
  /** codes (cells, groups), [MASK] included -> hidden (cells, width), and the estimators' logits */
  transformer(codes: Int32Array, cache: ConditionCache): Promise<PassOutput>;
  /** hidden states with their weights (guidance) -> the masked cells' codes drawn, all cells' log-probabilities */
  head(input: HeadInput): Promise<{ codes: Int32Array; logProb: Float32Array }>;
  release(): Promise<void>;
}

export type HeadInput = {
  hidden: readonly Float32Array[];
  weights: readonly number[];
  codes: Int32Array;
  uniforms: Float32Array;
  temperature: number;
};

export type DeviceChoice = { device: EngineDevice; reason: string };

/** Opens every graph of a bundle. `threads` is for one operator; graphs run one after the other. */
export async function openNetworks(
  bundle: Bundle,
  options: { device: 'auto' | EngineDevice; threads: number },
): Promise<{ networks: Networks; choice: DeviceChoice }> {
  const { choice, open } = await chooseDevice(bundle, options);
  const { groups, dim } = bundle.model.codebook;
  const { width } = bundle.model.transformer;
  const { size: side, cell } = bundle.model.grid;
  const cellCount = side ** 2;
  const [encoder, decoder, blend, mixer, conditions, transformer, head] = await Promise.all([
    open('encoder'),
    open('decoder'),
    open('blend'),
    open('mixer'),
    open('conditions'),
    open('transformer'),
    open('head'),
  ]);
  const networks: Networks = {
    async encode(pixels, w, h) {
      const out = await encoder.run({ pixels: float(pixels, [1, 3, h, w]) });
      return { codes: narrow(out.codes), values: floats(out.values) };
    },
    async blend(first, second, amount) {
      const out = await blend.run({
        first: float(first, [1, dim, side, side]),
        second: float(second, [1, dim, side, side]),
        amount: float(Float32Array.of(amount), [1]),
      });
      return narrow(out.codes);
    },
    async decodeMixed(coarse, fine) {
      const shape = [1, groups, side, side];
      const out = await mixer.run({ coarse: long(coarse, shape), fine: long(fine, shape) });
      return floats(out.pixels);
    },
    async decode(codes, rows, columns) {
      const out = await decoder.run({ codes: long(codes, [1, groups, rows, columns]) });
      return floats(out.pixels);
    },
    async conditions(s) {
      const out = await conditions.run({
        kind: new ort.Tensor('int64', s.kind, [1, s.length]),
        text_ids: new ort.Tensor('int64', s.textIds, [1, s.length]),
        text_positions: new ort.Tensor('int64', s.textPositions, [1, s.length]),
        visual_codes: new ort.Tensor('int64', s.visualCodes, [1, s.length, groups]),
        visual_positions: new ort.Tensor('int64', s.visualPositions, [1, s.length]),
      });
      const present = new ort.Tensor('bool', new Uint8Array(s.length).fill(1), [1, s.length]);
      return { keys: tensor(out.keys), values: tensor(out.values), present };
    },
    async transformer(codes, { keys, values, present }) {
      const out = await transformer.run({
        codes: long(codes, [1, cellCount, groups]),
        keys,
        values,
        condition_mask: present,
      });
      return {
        hidden: floats(out.hidden),
        relevance: floats(out.relevance)[0] ?? 0,
        fidelity: floats(out.fidelity)[0] ?? 0,
      };
    },
    async head({ hidden, weights, codes, uniforms, temperature }) {
      const rows = new Float32Array(hidden.length * cellCount * width);
      hidden.forEach((row, n) => rows.set(row, n * cellCount * width));
      const out = await head.run({
        hidden: float(rows, [hidden.length, 1, cellCount, width]),
        weights: float(Float32Array.from(weights), [weights.length]),
        codes: long(codes, [1, cellCount, groups]),
        uniforms: float(uniforms, [1, cellCount, groups]),
        // a division by nought would make no distribution
        temperature: float(Float32Array.of(Math.max(temperature, 1e-4)), [1]),
      });
      return { codes: narrow(out.sampled), logProb: floats(out.log_prob) };
    },
    async release() {
      for (const session of [encoder, decoder, blend, mixer, conditions, transformer, head]) await session.release();
    },
  };
  if (bundle.model.image.size !== bundle.model.grid.size * cell) {
    throw new ToileError('broken_bundle', `bundle '${bundle.model.name}': its grid does not cover its image`);
  }
  return { networks, choice };
}

type GraphName = 'encoder' | 'decoder' | 'blend' | 'mixer' | 'conditions' | 'transformer' | 'head';
type Open = (name: GraphName) => Promise<ort.InferenceSession>;

/** Tries the wished-for device on the smallest graph and says which one runs, and why. */
async function chooseDevice(
  bundle: Bundle,
  { device, threads }: { device: 'auto' | EngineDevice; threads: number },
): Promise<{ choice: DeviceChoice; open: Open }> {
  const openOn =
    (provider: EngineDevice): Open =>
    (name) =>
      ort.InferenceSession.create(path.join(bundle.folder, bundle.model.files[name].path), {
        executionProviders: [provider],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
      });
  const failures: string[] = [];
  // naming a provider whose libraries aren't installed makes the runtime complain on its own
  const offered = new Set(ort.listSupportedBackends().map(({ name }) => name));
  const wished: EngineDevice[] = device === 'auto' ? ['cuda', 'cpu'] : device === 'cpu' ? ['cpu'] : [device, 'cpu'];
  const wishes = wished.filter((wish) => offered.has(wish));
  failures.push(...wished.filter((wish) => !offered.has(wish)).map((wish) => `${wish} is not installed`));
  for (const wish of wishes) {
    try {
      await (await openOn(wish)('head')).release();
      const reason = failures.length > 0 ? failures.join('; ') : device === 'auto' ? 'first that works' : 'as asked';
      return { choice: { device: wish, reason }, open: openOn(wish) };
    } catch (thrown) {
      const [line = ''] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
      // the runtime's own function, where it names one, tells nobody anything
      failures.push(`${wish} failed: ${line.replace(/^\w{20,}: /, '').slice(0, 160)}`);
    }
  }
  throw new ToileError('broken_bundle', `bundle '${bundle.model.name}' opens on no device: ${failures.join('; ')}`);
}

function float(data: Float32Array, dims: number[]): ort.Tensor {
  return new ort.Tensor('float32', data, dims);
}

function long(data: Int32Array, dims: number[]): ort.Tensor {
  return new ort.Tensor(
    'int64',
    BigInt64Array.from(data, (code) => BigInt(code)),
    dims,
  );
}

function tensor(value: ort.Tensor | undefined): ort.Tensor {
  if (!value) throw new ToileError('broken_bundle', 'a graph did not give an output that model.json names');
  return value;
}

function floats(value: ort.Tensor | undefined): Float32Array {
  const { data } = tensor(value);
  if (data instanceof Float32Array) return data;
  throw new ToileError('broken_bundle', 'a graph gave an output that is not float32');
}

function narrow(value: ort.Tensor | undefined): Int32Array {
  const { data } = tensor(value);
  if (data instanceof BigInt64Array) return Int32Array.from(data, (code) => Number(code));
  throw new ToileError('broken_bundle', 'a graph gave codes that are not int64');
}
