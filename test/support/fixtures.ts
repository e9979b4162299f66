/** Where the tiny real bundle and the files that Python wrote lie, and engines over them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { createBatch } from '../../server/engine/batch.js';
import { loadBundle, type Bundle } from '../../server/engine/bundle.js';
import { openCaptionPrior } from '../../server/engine/caption-prior.js';
import { createGenerator, type Generator } from '../../server/engine/generate.js';
import {
  createEngineProcess,
  type EngineProcess,
  type EngineProcessOptions,
} from '../../server/engine/engine-process.js';
import type { BatchNetworks, Networks } from '../../server/engine/networks.js';
import { openNetworks } from '../../server/engine/runtime.js';
import { openTokenizer, type TextTokenizer } from '../../server/engine/tokenizer.js';
import { openVocabulary } from '../../server/engine/vocabulary.js';
import { root } from './root.js';

export { root };
export const fixtures = path.join(root, 'test', 'fixtures');

export function readGolden<T>(name: string, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(readFileSync(path.join(fixtures, 'goldens', name), 'utf8')));
}

export type TinyEngine = {
  bundle: Bundle;
  /** A row at a time. */ networks: Networks;
  tokenizer: TextTokenizer;
  generator: Generator;
};

/**
 * The engine's inside, in this process, on the tiny bundle. `watch` may look at what passes through its networks, and
 * `maxBatch` rows may run together; `adapt` may make another bundle of it.
 */
export async function openTinyEngine(
  watch = (networks: BatchNetworks) => networks,
  maxBatch = 1,
  adapt = (bundle: Bundle) => bundle,
): Promise<TinyEngine> {
  const bundle = adapt(await loadBundle(fixtures, 'tiny-bundle'));
  const runtime = watch((await openNetworks(bundle, { device: 'cpu', threads: 1 })).networks);
  const tokenizer = await openTokenizer(bundle);
  const [vocabulary, captions] = await Promise.all([openVocabulary(bundle), openCaptionPrior(bundle)]);
  const { model } = bundle;
  const generator = createGenerator({ networks: runtime, model, tokenizer, vocabulary, captions, maxBatch });
  const { networksFor } = createBatch(runtime, { maxBatch: 1, now: () => 0 });
  const networks = networksFor({ signal: new AbortController().signal, onRun: () => undefined });
  return { bundle, networks, tokenizer, generator };
}

/** The engine as the server has it. */
export function startTinyEngine(overrides: Partial<EngineProcessOptions> = {}): EngineProcess {
  return createEngineProcess({
    child: path.join(root, 'dist', 'server', 'engine-child.js'),
    bundles: fixtures,
    bundle: 'tiny-bundle',
    device: 'cpu',
    threads: 1,
    log: { warn: () => undefined },
    ...overrides,
  });
}
