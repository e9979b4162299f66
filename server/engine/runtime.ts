/** The networks of a bundle on ONNX Runtime. */
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { ToileError, type BundleModel } from '../../shared/index.js';
import type { Bundle } from './bundle.js';
import { chooseDevice, type DeviceChoice, type DeviceWish, type Runtime } from './device.js';
import type { EngineDevice } from './engine.js';
import type { BatchNetworks, HeadInput, HeadOutput, PassInput, PassOutput } from './networks.js';
import { float, floats, interleave, joinCodes, joinFloats, long, narrow, slab } from './tensors.js';

// what goes wrong comes as an exception; the runtime's own lines would stand in the midst of JSON logs
ort.env.logLevel = 'fatal';

type GraphName = 'encoder' | 'decoder' | 'blend' | 'mixer' | 'conditions';

/**
 * Opens every graph of a bundle; graphs run one after the other.
 *
 * On a processor a row of a pass comes out the same, byte for byte, however many run with it. On others that is untested.
 */
export async function openNetworks(
  bundle: Bundle,
  wish: DeviceWish,
  runtime: Runtime = ort,
): Promise<{ networks: BatchNetworks; choice: DeviceChoice }> {
  const { model } = bundle;
  const { groups, dim } = model.codebook;
  const { layers, heads, width } = model.transformer;
  const { size: side, cell } = model.grid;
  const cells = side ** 2;
  if (model.image.size !== side * cell) {
    throw new ToileError('broken_bundle', `bundle '${model.name}': its grid does not cover its image`);
  }
  const pathOf = (file: { path: string }) => path.join(bundle.folder, file.path);
  const { choice: chosen, open } = await chooseDevice(runtime, wish, pathOf(model.files.head));
  const pass = choosePassGraphs(model, chosen.device);
  // graphs made before there was a bound draw codes of any probability
  const bounded = pass.head.inputs.some(({ name }) => name === 'min_p');
  const choice = pass.int8 ? { ...chosen, reason: `${chosen.reason}; passes in int8` } : chosen;
  const openGraph = (name: GraphName) => open(pathOf(model.files[name]));
  const [encoder, decoder, blend, mixer, conditions, transformer, head] = await Promise.all([
    openGraph('encoder'),
    openGraph('decoder'),
    openGraph('blend'),
    openGraph('mixer'),
    openGraph('conditions'),
    open(pathOf(pass.transformer)),
    open(pathOf(pass.head)),
  ]);

  async function look(rows: readonly PassInput[]): Promise<PassOutput[]> {
    const count = rows.length;
    const length = rows[0]?.cache.length ?? 0;
    const shape = [layers, count, heads, length, width / heads];
    const caches = rows.map(({ cache }) => cache);
    const [keys, values] = [caches.map((cache) => cache.keys), caches.map((cache) => cache.values)];
    const out = await transformer.run({
      codes: long(joinCodes(rows.map(({ codes }) => codes)), [count, cells, groups]),
      keys: float(interleave(keys, layers), shape),
      values: float(interleave(values, layers), shape),
      condition_mask: new ort.Tensor('bool', new Uint8Array(count * length).fill(1), [count, length]),
    });
    const [hidden, relevance, fidelity] = [floats(out.hidden), floats(out.relevance), floats(out.fidelity)];
    return rows.map((_, n) => ({
      hidden: slab(hidden, count, n),
      relevance: relevance[n] ?? 0,
      fidelity: fidelity[n] ?? 0,
    }));
  }

  async function draw(rows: readonly HeadInput[]): Promise<HeadOutput[]> {
    const count = rows.length;
    const weights = Float32Array.from(rows[0]?.weights ?? []);
    const looks = Array.from(weights, (_, look) => rows.map(({ hidden }) => hidden[look] ?? new Float32Array()));
    const out = await head.run({
      hidden: float(joinFloats(looks.flat()), [weights.length, count, cells, width]),
      weights: float(weights, [weights.length]),
      codes: long(joinCodes(rows.map(({ codes }) => codes)), [count, cells, groups]),
      uniforms: float(joinFloats(rows.map(({ uniforms }) => uniforms)), [count, cells, groups]),
      // a division by nought would make no distribution
      temperature: float(
        Float32Array.from(rows, ({ temperature }) => Math.max(temperature, 1e-4)),
        [count],
      ),
      ...(bounded && {
        min_p: float(
          Float32Array.from(rows, ({ minP }) => minP),
          [count],
        ),
      }),
    });
    const [codes, logProb] = [narrow(out.sampled), floats(out.log_prob)];
    return rows.map((_, n) => ({ codes: slab(codes, count, n), logProb: slab(logProb, count, n) }));
  }

  const networks: BatchNetworks = {
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
    async conditions({ length, kind, textIds, textPositions, visualCodes, visualPositions }) {
      const out = await conditions.run({
        kind: new ort.Tensor('int64', kind, [1, length]),
        text_ids: new ort.Tensor('int64', textIds, [1, length]),
        text_positions: new ort.Tensor('int64', textPositions, [1, length]),
        visual_codes: new ort.Tensor('int64', visualCodes, [1, length, groups]),
        visual_positions: new ort.Tensor('int64', visualPositions, [1, length]),
      });
      return { length, keys: floats(out.keys), values: floats(out.values) };
    },
    transformer: pass.int8 ? oneByOne(look) : look,
    head: pass.int8 ? oneByOne(draw) : draw,
    async release() {
      for (const session of [encoder, decoder, blend, mixer, conditions, transformer, head]) await session.release();
    },
  };
  return { networks, choice };
}

/** What a pass runs: in int8 where the device is a processor and the bundle has graphs for that, in float32 elsewhere. */
function choosePassGraphs({ files }: BundleModel, device: EngineDevice) {
  const { transformer_int8: transformer, head_int8: head } = files;
  if (device === 'cpu' && transformer && head) return { transformer, head, int8: true };
  return { transformer: files.transformer, head: files.head, int8: false };
}

/** A graph in int8 rounds to a step that all values of a run share, so a row beside others would come out otherwise. */
function oneByOne<Input, Output>(run: (rows: readonly Input[]) => Promise<Output[]>) {
  return async (rows: readonly Input[]): Promise<Output[]> => {
    const outputs: Output[] = [];
    for (const row of rows) outputs.push(...(await run([row])));
    return outputs;
  };
}
