/** The engine's own process: a running pass blocks its event loop, and a crash takes no server with it. */
import { MAX_VARIANTS, resolvedRequest, toToileError } from '../../shared/index.js';
import { loadBundle, summariseBundles } from './bundle.js';
import { openCaptionPrior } from './caption-prior.js';
import { defaultBatch } from './device.js';
import { createGenerator, type Generator } from './generate.js';
import { childSettings, packError, toChild, type FromChild, type ToChild } from './messages.js';
import type { BatchNetworks } from './networks.js';
import { inOwnWords } from './own-words.js';
import { openNetworks } from './runtime.js';
import { openTokenizer } from './tokenizer.js';
import { openVocabulary } from './vocabulary.js';

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

async function load(): Promise<{ generator: Generator; networks: BatchNetworks }> {
  const startedAt = performance.now();
  const bundle = await loadBundle(settings.bundles, settings.bundle, settings.bundleSha256);
  const { model } = bundle;
  const { networks, choice } = await openNetworks(bundle, settings);
  const tokenizer = await openTokenizer(bundle);
  const vocabulary = await openVocabulary(bundle);
  const captions = await openCaptionPrior(bundle);
  const maxBatch = settings.maxBatch ?? defaultBatch(choice.device);
  const generator = createGenerator({ networks, model, tokenizer, vocabulary, captions, maxBatch });
  // the first run of each graph allocates; a job shall not pay for it
  const request = resolvedRequest.parse({ seed: 0, passes: 1, variants: Math.min(maxBatch, MAX_VARIANTS) });
  const warmUp = { id: 'warm-up', tenant: 'warm-up', request, images: {} };
  await generator.generate(warmUp, { signal: new AbortController().signal, onProgress: () => undefined });
  say({
    type: 'ready',
    info: {
      bundle: model.name,
      bundles: await summariseBundles(settings.bundles, bundle),
      device: choice.device,
      deviceReason: choice.reason,
      deviceFailures: choice.failures,
      threads: settings.threads,
      maxBatch,
      defaults: { passes: model.smart.passes, candidates: model.smart.candidates },
      loadMs: performance.now() - startedAt,
    },
  });
  return { generator, networks };
}

async function answer(message: ToChild, generator: Generator, networks: BatchNetworks): Promise<void> {
  if (message.type === 'cancel') return running.get(message.call)?.abort();
  if (message.type === 'close') {
    await generator.stop();
    await networks.release();
    return process.disconnect();
  }
  const { call } = message;
  const control = new AbortController();
  const { signal } = control;
  running.set(call, control);
  try {
    if (message.type === 'reconstruct') {
      await tellBegun(call);
      return say({ type: 'reconstructed', call, result: await generator.reconstruct(message.image, { signal }) });
    }
    const result = await generator.generate(message.job, {
      signal,
      onBegun: () => tellBegun(call),
      onProgress: (progress) => say({ type: 'progress', call, progress }),
    });
    say({ type: 'generated', call, result });
  } catch (thrown) {
    say({ type: 'rejected', call, error: packError(inOwnWords(thrown)) });
  } finally {
    running.delete(call);
  }
}

/** Resolves once the message is out, and outlives this process. */
function tellBegun(call: number): Promise<void> {
  const message: FromChild = { type: 'begun', call };
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

function say(message: FromChild): void {
  process.send?.(message);
}
