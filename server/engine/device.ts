/**
 * Which device runs the networks: the wished-for one if it opens the bundle, else the processor, with the reason in words.
 *
 * Only `cpu` has been run. That `cuda` and `webgpu` are chosen, and given up, as described is tested on a stand-in for the
 * runtime; what they compute is not.
 */
import type { InferenceSession } from 'onnxruntime-node';
import { ToileError } from '../../shared/index.js';
import type { EngineDevice } from './engine.js';

export type Session = Pick<InferenceSession, 'run' | 'release'>;

/** What opening graphs takes of ONNX Runtime. */
export type Runtime = {
  listSupportedBackends(): readonly { name: string }[];
  InferenceSession: { create(file: string, options: InferenceSession.SessionOptions): Promise<Session> };
};

export type DeviceWish = { device: 'auto' | EngineDevice; /** Of one operator. */ threads: number };

export type DeviceChoice = {
  device: EngineDevice;
  /** Why this one, and what became of those before it. */
  reason: string;
};

/** Opens a graph on the device that was chosen. */
export type Open = (file: string) => Promise<Session>;

/** Rows of a run, unless the settings say otherwise: a processor gains nothing by several. */
export function defaultBatch(device: EngineDevice): number {
  return device === 'cpu' ? 1 : 8;
}

/**
 * Tries devices on one graph, the smallest.
 * @throws ToileError `broken_bundle` where it opens on none
 */
export async function chooseDevice(
  runtime: Runtime,
  { device, threads }: DeviceWish,
  graph: string,
): Promise<{ choice: DeviceChoice; open: Open }> {
  const openOn =
    (provider: EngineDevice): Open =>
    (file) =>
      runtime.InferenceSession.create(file, {
        executionProviders: [provider],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
      });
  // naming a provider whose libraries aren't installed makes the runtime complain on its own
  const offered = new Set(runtime.listSupportedBackends().map(({ name }) => name));
  const wished = listWishes(device);
  const failures = wished.filter((wish) => !offered.has(wish)).map((wish) => `${wish} is not installed`);
  for (const wish of wished.filter((wish) => offered.has(wish))) {
    try {
      await (await openOn(wish)(graph)).release();
      const reason = failures.length > 0 ? failures.join('; ') : device === 'auto' ? 'first that works' : 'as asked';
      return { choice: { device: wish, reason }, open: openOn(wish) };
    } catch (thrown) {
      failures.push(`${wish} failed: ${firstLine(thrown)}`);
    }
  }
  throw new ToileError('broken_bundle', `${graph} opens on no device: ${failures.join('; ')}`);
}

function listWishes(device: 'auto' | EngineDevice): EngineDevice[] {
  if (device === 'auto') return ['cuda', 'cpu'];
  return device === 'cpu' ? ['cpu'] : [device, 'cpu'];
}

function firstLine(thrown: unknown): string {
  const [line = ''] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
  // the runtime's own function, where it names one, tells nobody anything
  return line.replace(/^\w{20,}: /, '').slice(0, 160);
}
