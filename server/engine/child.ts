/** The engine's own process: a running pass blocks its event loop, and a crash takes no server with it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { resolvedRequest, toToileError } from '../../shared/index.js';
import { loadBundle, summariseBundles } from './bundle.js';
import { createGenerator, type Generator } from './generate.js';
import { childSettings, packError, toChild, type FromChild, type ToChild } from './messages.js';
import { openNetworks, type Networks } from './runtime.js';
import { createTokenizer } from './tokenizer.js';

const running = new Map<number, AbortController>();

const settings = childSettings.parse(JSON.parse(process.argv[2] ?? '{}'));
try {
  const { generator, networks } = await load();
  process.on('message', (value) => void answer(toChild.parse(value), generator, networks));
} catch (thrown) {
  say({ type: 'unfit', error: packError(toToileError(thrown, 'engine_failed')) });
  process.disconnect();
}
// a parent that died can't ask for anything more
process.on('disconnect', () => process.exit());
// the terminal's Ctrl+C reaches the whole group; the parent decides when this process ends
process.on('SIGINT', () => undefined);

async function load(): Promise<{ generator: Generator; networks: Networks }> {
  const startedAt = performance.now();
  const bundle = await loadBundle(settings.bundles, settings.bundle);
  const { model } = bundle;
  const { networks, choice } = await openNetworks(bundle, settings);
  const description = z
    .looseObject({})
    .parse(JSON.parse(await readFile(path.join(bundle.folder, model.files.tokenizer.path), 'utf8')));
  const tokenizer = createTokenizer(description, model.text.max_tokens);
  const generator = createGenerator({ networks, model, tokenizer });
  // the first run of each graph allocates; a job shall not pay for it
  const warmUp = { id: 'warm-up', request: resolvedRequest.parse({ seed: 0, passes: 1 }), images: {} };
  await generator.generate(warmUp, { signal: new AbortController().signal, onProgress: () => undefined });
  say({
    type: 'ready',
    info: {
      bundle: model.name,
      bundles: await summariseBundles(settings.bundles, bundle),
      device: choice.device,
      deviceReason: choice.reason,
      threads: settings.threads,
      maxBatch: 1,
      defaults: { passes: model.smart.passes, candidates: model.smart.candidates },
      loadMs: performance.now() - startedAt,
    },
  });
  return { generator, networks };
}

async function answer(message: ToChild, generator: Generator, networks: Networks): Promise<void> {
  if (message.type === 'cancel') return running.get(message.call)?.abort();
  if (message.type === 'close') {
    await generator.stop();
    await networks.release();
    return process.disconnect();
  }
  const { call } = message;
  try {
    if (message.type === 'reconstruct') {
      return say({ type: 'reconstructed', call, result: await generator.reconstruct(message.image) });
    }
    const control = new AbortController();
    running.set(call, control);
    const result = await generator.generate(message.job, {
      signal: control.signal,
      onProgress: (progress) => say({ type: 'progress', call, progress }),
    });
    say({ type: 'generated', call, result });
  } catch (thrown) {
    say({ type: 'rejected', call, error: packError(toToileError(thrown, 'engine_failed')) });
  } finally {
    running.delete(call);
  }
}

function say(message: FromChild): void {
  process.send?.(message);
}
