/** The server as the panel's jobs know it. Every call may be tried again: assets are content-addressed, a ticket names a job. */
import { assetAnswer, jobAnswer, modelsAnswer, type JobAnswer, type ModelsAnswer } from './answers.js';
import { call, readAnswer, type Server } from './call.js';
import { follow, type FollowOptions, type Heard } from './follow.js';
import { persist, wait as realWait, type PersistOptions, type Wait } from './persist.js';

export type ClientParts = { fetch?: typeof globalThis.fetch; wait?: Wait };
type Options = Pick<PersistOptions, 'signal' | 'onWait'>;

export type Client = {
  server: Server;
  models(options?: Options): Promise<ModelsAnswer>;
  /** @returns the asset's id */
  upload(bytes: Uint8Array, options?: Options): Promise<string>;
  submit(request: object, ticket: string, options?: Options): Promise<JobAnswer>;
  view(job: string, options?: Options): Promise<JobAnswer>;
  cancel(job: string): Promise<JobAnswer>;
  asset(id: string, options?: Options): Promise<Uint8Array>;
  follow(job: string, options: Omit<FollowOptions, 'fetch' | 'wait'>): AsyncGenerator<Heard>;
};

export function createClient(server: Server, parts: ClientParts = {}): Client {
  const { fetch = globalThis.fetch.bind(globalThis), wait = realWait } = parts;
  const ask = (path: string, init: RequestInit, options: Options = {}) =>
    persist(() => call(server, path, { signal: options.signal, ...init, fetch }), { wait, ...options });
  const post = (body: BodyInit, headers: Record<string, string>) => ({ method: 'POST', body, headers });

  return {
    server,
    async models(options) {
      return readAnswer(await ask('/v1/models', {}, options), modelsAnswer);
    },
    async upload(bytes, options) {
      const init = post(new Blob([new Uint8Array(bytes)]), { 'Content-Type': 'application/octet-stream' });
      return (await readAnswer(await ask('/v1/assets', init, options), assetAnswer)).id;
    },
    async submit(request, ticket, options) {
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': ticket };
      // once sent it may have arrived, so a stop waits for the answer, which names the job to be cancelled
      const init = { ...post(JSON.stringify(request), headers), signal: null };
      return readAnswer(await ask('/v1/generations', init, options), jobAnswer);
    },
    async view(job, options) {
      return readAnswer(await ask(`/v1/generations/${job}`, {}, options), jobAnswer);
    },
    async cancel(job) {
      return readAnswer(await ask(`/v1/generations/${job}`, { method: 'DELETE' }), jobAnswer);
    },
    async asset(id, options) {
      return new Uint8Array(await (await ask(`/v1/assets/${id}`, {}, options)).arrayBuffer());
    },
    follow: (job, options) => follow(server, job, { ...options, fetch, wait }),
  };
}
