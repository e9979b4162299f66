/** The engine's inside in this process, so that what it takes can be measured without a server around it. */
import type { Bundle } from '../../server/engine/bundle.js';
import { createGenerator, type Generator } from '../../server/engine/generate.js';
import type { BatchNetworks } from '../../server/engine/networks.js';
import { openNetworks } from '../../server/engine/runtime.js';
import { openTokenizer } from '../../server/engine/tokenizer.js';
import { resolvedRequest } from '../../shared/index.js';

export type OpenEngine = { networks: BatchNetworks; generator: Generator; reason: string };

/** On the processor; `wrap` may change what passes through the networks. */
export async function openEngine(
  bundle: Bundle,
  threads: number,
  wrap = (networks: BatchNetworks) => networks,
): Promise<OpenEngine> {
  const { networks, choice } = await openNetworks(bundle, { device: 'cpu', threads });
  const tokenizer = await openTokenizer(bundle);
  const generator = createGenerator({ networks: wrap(networks), model: bundle.model, tokenizer });
  return { networks, generator, reason: choice.reason };
}

/** Makes what a request asks for, with the pictures that it names. */
export async function makePictures(
  { generator }: OpenEngine,
  request: object,
  images: Record<string, Uint8Array> = {},
): Promise<void> {
  const job = { id: 'bench', tenant: 'bench', request: resolvedRequest.parse(request), images };
  await generator.generate(job, { signal: new AbortController().signal, onProgress: () => undefined });
}
