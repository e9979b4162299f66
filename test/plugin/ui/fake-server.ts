/** A server for the panel's tests: it takes everything, does nothing by itself, and breaks when told to. */
import { generationRequest } from '../../../shared/request.js';

type Call = { method: string; path: string; headers: Headers; body: unknown };
type Stream = { controller: ReadableStreamDefaultController<Uint8Array>; job: string };

export const SERVER = { url: 'http://server.test', key: 'secret-key' };

export function createFakeServer() {
  const calls: Call[] = [];
  const assets: Uint8Array[] = [];
  const jobs = new Map<string, Record<string, unknown>>();
  const keys = new Map<string, { id: string; body: string }>();
  const streams: Stream[] = [];
  /** Answers for the next calls, taken before anything else: 'broken' is no answer at all. */
  const script: ('broken' | Response)[] = [];
  const json = (value: unknown, status = 200) => Response.json(value, { status });
  const failure = (status: number, code: string, details?: object) =>
    new Response(JSON.stringify({ error: { code, message: `it is ${code}`, details } }), {
      status,
      headers: { 'x-request-id': 'r-1', ...(status === 429 || status === 503 ? { 'retry-after': '5' } : {}) },
    });

  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    init.signal?.throwIfAborted();
    const { pathname: path } = new URL(String(input));
    const method = init.method ?? 'GET';
    const body = init.body instanceof Blob ? new Uint8Array(await init.body.arrayBuffer()) : init.body;
    const headers = new Headers(init.headers);
    calls.push({ method, path, headers, body });
    const next = script.shift();
    if (next === 'broken') throw new TypeError('fetch failed');
    if (next) return next;
    if (path === '/v1/assets') {
      assets.push(body instanceof Uint8Array ? body : new Uint8Array());
      return json({ id: String(assets.length).padStart(32, '0'), width: 8, height: 8 }, 201);
    }
    if (path.startsWith('/v1/assets/')) return new Response(new Uint8Array([1, 2, 3]));
    if (path === '/v1/generations') {
      const key = headers.get('idempotency-key') ?? '';
      const known = keys.get(key) ?? { id: `job-${jobs.size + 1}`, body: String(body) };
      keys.set(key, known);
      if (known.body !== body) return failure(409, 'idempotency_conflict', { job: known.id });
      const { id } = known;
      const request = { ...generationRequest.parse(JSON.parse(String(body))), seed: 7 };
      if (!jobs.has(id)) jobs.set(id, { id, state: 'queued', progress: 0, position: 0, request, variants: [] });
      return json(jobs.get(id), 202);
    }
    const [, id = '', events] = /^\/v1\/generations\/([\w-]+)(\/events)?$/.exec(path) ?? [];
    const job = jobs.get(id);
    if (!job) return failure(404, 'unknown_job');
    if (method === 'DELETE') {
      job['state'] = 'cancelled';
      return json(job);
    }
    if (!events) return json(job);
    const body_ = new ReadableStream<Uint8Array>({
      start(controller) {
        const stream = { controller, job: id };
        streams.push(stream);
        init.signal?.addEventListener('abort', () => controller.error(init.signal?.reason));
      },
    });
    return new Response(body_);
  };

  const latest = () => {
    const stream = streams.at(-1);
    if (!stream) throw new Error('nobody listens');
    return stream.controller;
  };
  return {
    fetch,
    calls,
    assets,
    jobs,
    streams,
    script,
    failure,
    /** Calls to a path, by method and path. */
    to: (method: string, path: string) => calls.filter((call) => call.method === method && call.path === path),
    send: (id: number, event: Record<string, unknown>) =>
      latest().enqueue(new TextEncoder().encode(`id: ${id}\nevent: x\ndata: ${JSON.stringify(event)}\n\n`)),
    drop: () => latest().error(new TypeError('network changed')),
    end: () => latest().close(),
  };
}

export const variant = (index: number, rest: Record<string, unknown> = {}) => ({
  asset: String(index).padStart(32, 'a'),
  seed: 7 + index,
  relevance: 0.5,
  fidelity: 0.5,
  passes: 10,
  width: 8,
  height: 8,
  x: 0,
  y: 0,
  ...rest,
});

/** An answer that began well. */
export const brokenOff = () =>
  new Response(
    new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array([1]));
        controller.error(new TypeError('network changed'));
      },
    }),
  );

/** Waits for what happens soon. */
export async function until(check: () => boolean): Promise<void> {
  for (let n = 0; n < 4000; n++) {
    if (check()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`it never came to pass: ${check}`);
}
