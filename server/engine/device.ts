/**
 * Which device runs the networks: the wished-for one if it opens the bundle, else the processor, with the reason in words.
 *
 * Only `cpu` has been run. That `cuda` and `webgpu` are chosen, and given up, as described is tested on a stand-in for the
 * runtime; what they compute is not.
 */
import type { InferenceSession } from 'onnxruntime-node';
import { ToileError } from '../../shared/index.js';
import type { EngineDevice } from './engine.js';
import { hidePaths } from './own-words.js';

export type Session = Pick<InferenceSession, 'run' | 'release'>;

/** What opening graphs takes of ONNX Runtime. */
export type Runtime = {
  listSupportedBackends(): readonly { name: string }[];
  InferenceSession: { create(file: string, options: InferenceSession.SessionOptions): Promise<Session> };
};

export type DeviceWish = { device: 'auto' | EngineDevice; /** Of one operator. */ threads: number };

export type DeviceChoice = {
  device: EngineDevice;
  /** Why this one, and what became of those that were asked for before it. */
  reason: string;
  /** What the runtime said of those that failed, word for word; absent if none did. */
  failures?: string[];
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
        // each graph has threads of its own: those of one that has just ended would spin on the cores that the next needs
        extra: { session: { force_spinning_stop: '1' } },
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
      });
  // naming a provider whose libraries aren't installed makes the runtime complain on its own
  const offered = new Set(runtime.listSupportedBackends().map(({ name }) => name));
  const wished = listWishes(device);
  const missing = wished.filter((wish) => !offered.has(wish)).map((wish) => `${wish} is not installed`);
  const failures: string[] = [];
  for (const wish of wished.filter((wish) => offered.has(wish))) {
    try {
      await (await openOn(wish)(graph)).release();
      const others = [...missing, ...failures.map((failure) => hidePaths(firstLine(failure)))].join('; ');
      // nobody asked for CUDA: that there is none is no failure
      const found = wish === 'cpu' ? 'no CUDA here' : 'first that works';
      const reason = device === 'auto' ? found : others || 'as asked';
      const choice = { device: wish, reason, ...(failures.length > 0 ? { failures } : {}) };
      return { choice, open: openOn(wish) };
    } catch (thrown) {
      failures.push(`${wish} failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
  // told to whoever starts the engine, who may know where its files are
  const all = [...missing, ...failures.map(firstLine)].join('; ');
  throw new ToileError('broken_bundle', `${graph} opens on no device: ${all}`);
}

function listWishes(device: 'auto' | EngineDevice): EngineDevice[] {
  if (device === 'auto') return ['cuda', 'cpu'];
  return device === 'cpu' ? ['cpu'] : [device, 'cpu'];
}

function firstLine(failure: string): string {
  const [line = ''] = failure.split('\n');
  // the runtime's own function, where it names one, tells nobody anything
  return line.replace(/ \w{20,}: /, ' ').slice(0, 176);
}
