/** The panel: words in, a row of pictures out. */
import { toPanel, type ToSandbox } from '../messages.js';
import { fetchAsset, follow, submit, type Server } from './client.js';

const form = find('form', HTMLFormElement);
const progress = find('progress', HTMLProgressElement);
const status = find('status', HTMLElement);

form.addEventListener('submit', (event) => {
  event.preventDefault();
  generate().catch((error: unknown) => show(error instanceof Error ? error.message : String(error)));
});

window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  const wrapped = typeof data === 'object' && data !== null ? Reflect.get(data, 'pluginMessage') : undefined;
  const message = toPanel.safeParse(wrapped);
  if (!message.success) return show('The plugin said something this version does not know.');
  if (message.data.type === 'failed') return show(message.data.message);
  if (message.data.type === 'placed') return show(`${message.data.count} placed on the canvas.`);
  field('server').value = message.data.server;
  field('key').value = message.data.key;
});

say({ type: 'load-settings' });

async function generate(): Promise<void> {
  const server: Server = { url: field('server').value, key: field('key').value };
  say({ type: 'save-settings', server: server.url, key: server.key });
  const prompt = field('prompt').value.trim();
  const seed = field('seed').value;
  progress.hidden = false;
  try {
    const job = await submit(server, {
      prompt,
      variants: field('variants').valueAsNumber,
      ...(seed === '' ? {} : { seed: Number(seed) }),
    });
    const made = new Map<number, { asset: string; seed: number }>();
    for await (const event of follow(server, job.id)) {
      if (event.type === 'queued') show(`Waiting, ${event.position} ahead`);
      if (event.type === 'pass') {
        progress.value = (event.variant + event.pass / event.passes) / job.request.variants;
        show(`Variant ${event.variant + 1} of ${job.request.variants}`);
      }
      if (event.type === 'variant') made.set(event.variant, event);
      if (event.type === 'failed') throw new Error(event.error.message);
      if (event.type === 'cancelled') return show('Cancelled.');
    }
    const images = [];
    for (const { asset, seed } of made.values()) {
      images.push({ png: await fetchAsset(server, asset), recipe: { prompt, seed } });
    }
    say({ type: 'place', name: prompt || 'Garments', images });
  } finally {
    progress.hidden = true;
  }
}

function show(text: string): void {
  status.textContent = text;
}

function say(message: ToSandbox): void {
  parent.postMessage({ pluginMessage: message }, '*');
}

function field(name: string): HTMLInputElement {
  const element = form.elements.namedItem(name);
  if (element instanceof HTMLInputElement) return element;
  throw new Error(`the panel has no field '${name}'`);
}

function find<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`the panel has no '${id}'`);
}
