/** The server as the panel knows it: submit, follow, fetch. A broken connection goes on where it stopped. */
import * as z from 'zod/mini';

export type Server = { url: string; key: string };

const job = z.object({ id: z.string(), request: z.object({ seed: z.number(), variants: z.number() }) });
const failure = z.object({ error: z.object({ message: z.string() }) });
const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('queued'), position: z.number() }),
  z.object({ type: z.literal('started') }),
  z.object({ type: z.literal('pass'), variant: z.number(), pass: z.number(), passes: z.number() }),
  z.object({ type: z.literal('variant'), variant: z.number(), asset: z.string(), seed: z.number() }),
  z.object({ type: z.literal('done') }),
  z.object({ type: z.literal('failed'), error: z.object({ message: z.string() }) }),
  z.object({ type: z.literal('cancelled') }),
]);
export type GenerationEvent = z.infer<typeof event>;

export async function submit(server: Server, request: object): Promise<z.infer<typeof job>> {
  // the same key on a second try is the same job
  const key = crypto.getRandomValues(new Uint32Array(4)).join('-');
  const response = await call(server, '/v1/generations', {
    method: 'POST',
    headers: { 'Idempotency-Key': key },
    body: JSON.stringify(request),
  });
  return job.parse(await response.json());
}

export async function fetchAsset(server: Server, id: string): Promise<Uint8Array> {
  return new Uint8Array(await (await call(server, `/v1/assets/${id}`)).arrayBuffer());
}

/** Events of a job until it has ended. */
export async function* follow(server: Server, id: string): AsyncGenerator<GenerationEvent> {
  let last = '0';
  for (;;) {
    const response = await call(server, `/v1/generations/${id}/events`, { headers: { 'Last-Event-ID': last } });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = '';
    for (;;) {
      const chunk = await reader?.read().catch(() => undefined);
      if (!chunk || chunk.done) break;
      const blocks = (buffer + chunk.value).split('\n\n');
      buffer = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1];
        const data = field('data');
        if (data === undefined) continue;
        last = field('id') ?? last;
        const heard = event.parse(JSON.parse(data));
        yield heard;
        if (heard.type === 'done' || heard.type === 'failed' || heard.type === 'cancelled') return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function call({ url, key }: Server, path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  if (key) headers.set('Authorization', `Bearer ${key}`);
  const response = await fetch(url.replace(/\/$/, '') + path, { ...options, headers }).catch(() => {
    throw new Error(`No answer from ${url}. Is the server running, and its address in the manifest?`);
  });
  if (response.ok) return response;
  const told = failure.safeParse(await response.json().catch(() => undefined));
  throw new Error(told.success ? told.data.error.message : `The server answered ${response.status}.`);
}
