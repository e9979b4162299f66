/** The command line's engine: the same child process as the server's, with flags over the environment. */
import os from 'node:os';
import path from 'node:path';
import { packageRoot, parseConfig } from '../config.js';
import type { Engine, EngineInfo } from '../engine/engine.js';
import { createEngineProcess } from '../engine/engine-process.js';

export const engineFlags = {
  bundle: { type: 'string' },
  device: { type: 'string' },
  threads: { type: 'string' },
} as const;

/** Starts an engine, waits for it, and closes it whatever happens. */
export async function withEngine<T>(
  flags: { bundle?: string; device?: string; threads?: string },
  act: (engine: Engine, info: EngineInfo) => Promise<T>,
): Promise<T> {
  const env = { ...process.env };
  if (flags.bundle !== undefined) env.TOILE_BUNDLE = flags.bundle;
  if (flags.device !== undefined) env.TOILE_DEVICE = flags.device;
  if (flags.threads !== undefined) env.TOILE_THREADS = flags.threads;
  // a worker's; a command has one, and all cores for it
  delete env.TOILE_ENGINES;
  const { bundles, bundle, bundleSha256, device, threads, maxBatch } = parseConfig(env);
  const engine = createEngineProcess({
    bundles,
    bundle,
    bundleSha256,
    device,
    threads,
    maxBatch,
    child: path.join(packageRoot, 'dist', 'server', 'engine-child.js'),
    log: { warn: (_, message) => process.stderr.write(`${message}\n`) },
  });
  try {
    return await act(engine, await engine.ready());
  } finally {
    await engine.close();
  }
}

/** Such as "2 threads of AMD EPYC, cpu" */
export function describeMachine({ threads, device }: EngineInfo): string {
  return `${threads} thread${threads === 1 ? '' : 's'} of ${os.cpus()[0]?.model.trim() ?? 'an unknown processor'}, ${device}`;
}
