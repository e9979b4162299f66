import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { modelPixels } from '../../../shared/index.js';
import { loadBundle, type Bundle } from '../../../server/engine/bundle.js';
import { chooseDevice, defaultBatch, type DeviceWish, type Runtime } from '../../../server/engine/device.js';
import { openNetworks } from '../../../server/engine/runtime.js';
import { fixtures } from '../../support/fixtures.js';

/** A runtime that offers these devices; those with a complaint fail to open. */
function scriptRuntime(devices: Record<string, string | undefined>) {
  const opened: { file: string; device: unknown; threads: number | undefined }[] = [];
  let released = 0;
  const runtime: Runtime = {
    listSupportedBackends: () => Object.keys(devices).map((name) => ({ name })),
    InferenceSession: {
      async create(file, { executionProviders: [device] = [], intraOpNumThreads: threads }) {
        opened.push({ file, device, threads });
        const complaint = devices[String(device)];
        if (complaint !== undefined) throw new Error(complaint);
        return { run: () => Promise.reject(new Error('not scripted')), release: async () => void released++ };
      },
    },
  };
  return { runtime, opened, released: () => released };
}

const choose = async (devices: Record<string, string | undefined>, device: DeviceWish['device']) =>
  (await chooseDevice(scriptRuntime(devices).runtime, { device, threads: 2 }, 'head.onnx')).choice;

describe('the device', () => {
  it.each([
    ['auto', 'cuda', 'first that works', { cpu: undefined, cuda: undefined, webgpu: undefined }],
    ['auto', 'cpu', 'no CUDA here', { cpu: undefined, webgpu: undefined }],
    ['auto', 'cpu', 'no CUDA here', { cpu: undefined, cuda: 'no driver' }],
    ['cpu', 'cpu', 'as asked', { cpu: undefined, cuda: undefined }],
    ['webgpu', 'webgpu', 'as asked', { cpu: undefined, webgpu: undefined }],
    ['webgpu', 'cpu', 'webgpu is not installed', { cpu: undefined, cuda: undefined }],
    ['cuda', 'cpu', 'cuda is not installed', { cpu: undefined, webgpu: undefined }],
    ['cuda', 'cpu', 'cuda failed: libcublas.so.12 is missing', { cpu: undefined, cuda: 'libcublas.so.12 is missing' }],
  ] as const)('asked for as %s is %s: %s', async (wish, device, reason, devices) => {
    expect(await choose(devices, wish)).toMatchObject({ device, reason });
  });

  it('is none where nothing opens, and every reason is told', async () => {
    await expect(choose({ cpu: 'not a graph', cuda: 'no driver' }, 'auto')).rejects.toMatchObject({
      code: 'broken_bundle',
      message: 'head.onnx opens on no device: cuda failed: no driver; cpu failed: not a graph',
    });
  });

  it('has its complaint told in one line, without the runtime’s own function', async () => {
    const complaint = `onnxruntime_provider_bridge_load: ${'no GPU '.repeat(40)}\nat line 7`;
    const { reason } = await choose({ cpu: undefined, cuda: complaint }, 'cuda');
    expect(reason).toMatch(/^cuda failed: no GPU no/);
    expect(reason.length).toBeLessThan(180);
  });

  it('keeps the files that a complaint names for the log, and names none in its reason', async () => {
    const complaint = 'Failed to load /opt/ort/lib/libprovider_cuda.so (D:\\a\\ort.cc:7): no libcudnn.so.9\nat line 7';
    const { reason, failures } = await choose({ cpu: undefined, cuda: complaint }, 'cuda');
    expect(reason).toBe('cuda failed: Failed to load … … no libcudnn.so.9');
    expect(failures).toEqual([`cuda failed: ${complaint}`]);
    expect((await choose({ cpu: undefined, cuda: complaint }, 'auto')).failures).toEqual(failures);
  });

  it('runs one row at a time where it is the processor, and several where it is another', () => {
    expect([defaultBatch('cpu'), defaultBatch('cuda'), defaultBatch('webgpu')]).toEqual([1, 8, 8]);
  });
});

describe('opening the networks', () => {
  let bundle: Bundle;
  beforeAll(async () => {
    bundle = await loadBundle(fixtures, 'tiny-bundle');
  });

  it('opens every graph on the device that was chosen, with its threads, and lets go of all', async () => {
    const { runtime, opened, released } = scriptRuntime({ cpu: undefined, cuda: undefined });
    const { networks, choice } = await openNetworks(bundle, { device: 'auto', threads: 3 }, runtime);
    expect(choice).toEqual({ device: 'cuda', reason: 'first that works' });
    const graphs = ['head', 'encoder', 'decoder', 'blend', 'mixer', 'conditions', 'transformer', 'head'];
    expect(opened).toEqual(
      graphs.map((name) => ({ file: path.join(bundle.folder, `${name}.onnx`), device: 'cuda', threads: 3 })),
    );
    await networks.release();
    expect(released()).toBe(graphs.length);
  });

  it('has a graph that has ended keep no core busy while the next one runs', async () => {
    const asked: unknown[] = [];
    const { runtime } = scriptRuntime({ cpu: undefined });
    const create: Runtime['InferenceSession']['create'] = (file, options) => {
      asked.push(options.extra);
      return runtime.InferenceSession.create(file, options);
    };
    await openNetworks(bundle, { device: 'cpu', threads: 2 }, { ...runtime, InferenceSession: { create } });
    expect(asked).toEqual(Array(8).fill({ session: { force_spinning_stop: '1' } }));
  });

  it('bounds what is drawn by graphs that take a bound, and leaves others, of older bundles, without', async () => {
    const { runtime } = scriptRuntime({ cpu: undefined });
    const drawWith = async (given: Bundle) => {
      const fed: string[] = [];
      const create = async () => ({
        run: async (feeds: object) => {
          fed.push(...Object.keys(feeds));
          throw new Error('told enough');
        },
        release: async () => undefined,
      });
      const opening = openNetworks(given, { device: 'cpu', threads: 1 }, { ...runtime, InferenceSession: { create } });
      const cells = given.model.grid.size ** 2;
      const hidden = [new Float32Array(cells * given.model.transformer.width)];
      const [codes, uniforms] = [new Int32Array(cells * 4), new Float32Array(cells * 4)];
      const row = { hidden, weights: [1], codes, uniforms, temperature: 1, minP: 0.1 };
      await (await opening).networks.head([row]).catch(() => undefined);
      return fed;
    };
    const { files } = bundle.model;
    const withoutBound = (graph: typeof files.head) => ({
      ...graph,
      inputs: graph.inputs.filter(({ name }) => name !== 'min_p'),
    });
    const { head_int8: head = files.head } = files;
    const old = { ...files, head: withoutBound(files.head), head_int8: withoutBound(head) };
    const unbounded = ['hidden', 'weights', 'codes', 'uniforms', 'temperature'];
    expect(await drawWith({ ...bundle, model: { ...bundle.model, files: old } })).toEqual(unbounded);
    expect(await drawWith(bundle)).toEqual([...unbounded, 'min_p']);
  });

  it('refuses a bundle whose grid does not cover its image', async () => {
    const model = { ...bundle.model, grid: { size: 8, cell: modelPixels(16) } };
    const opening = openNetworks({ ...bundle, model }, { device: 'cpu', threads: 1 }, ort);
    await expect(opening).rejects.toMatchObject({ code: 'broken_bundle', message: expect.stringMatching(/grid/) });
  });
});
