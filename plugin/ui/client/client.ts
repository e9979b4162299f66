/** The server as the panel's jobs know it. Every call may be tried again: assets are content-addressed, a ticket names a job. */
import { assetAnswer, jobAnswer, modelsAnswer, type JobAnswer, type ModelsAnswer } from './answers.js';
import { call, readAnswer, readBytes, type Server } from './call.js';
import { follow, type FollowOptions, type Heard } from './follow.js';
import { persist, wait as realWait, type PersistOptions, type Wait } from './persist.js';

export type ClientParts = { fetch?: typeof globalThis.fetch; wait?: Wait };
type Options = Omit<PersistOptions, 'wait'>;

export type Client = {
  server: Server;
  models(options?: Options): Promise<ModelsAnswer>;
  /** @returns the asset's id */
  upload(bytes: Uint8Array, options?: Options): Promise<string>;
  submit(request: object, ticket: string, options?: Options): Promise<JobAnswer>;
  view(job: string, options?: Options): Promise<JobAnswer>;
  /** A signal ends the tries, and not one that is on its way. */
  cancel(job: string, options?: Options): Promise<JobAnswer>;
  asset(id: string, options?: Options): Promise<Uint8Array>;
  follow(job: string, options: Omit<FollowOptions, 'fetch' | 'wait'>): AsyncGenerator<Heard>;
};

export function createClient(server: Server, parts: ClientParts = {}): Client {
  const { fetch = globalThis.fetch.bind(globalThis), wait = realWait } = parts;
  type Read<T> = (response: Response) => Promise<T>;
  const ask = <T>(path: string, init: RequestInit, read: Read<T>, options: Options = {}) =>
    persist(async () => read(await call(server, path, { signal: options.signal, ...init, fetch })), {
      wait,
      ...options,
    });
  const models: Read<ModelsAnswer> = (response) => readAnswer(response, modelsAnswer);
  const job: Read<JobAnswer> = (response) => readAnswer(response, jobAnswer);
  const post = (body: BodyInit, headers: Record<string, string>) => ({ method: 'POST', body, headers });

  return {
    server,
    models: (options) => ask('/v1/models', {}, models, options),
    async upload(bytes, options) {
      const init = post(new Blob([new Uint8Array(bytes)]), { 'Content-Type': 'application/octet-stream' });
      return (await ask('/v1/assets', init, (response) => readAnswer(response, assetAnswer), options)).id;
    },
    submit(request, ticket, options) {
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': ticket };
      // once sent it may have arrived, so a stop waits for the answer, which names the job to be cancelled
      return ask('/v1/generations', { ...post(JSON.stringify(request), headers), signal: null }, job, options);
    },
    view: (id, options) => ask(`/v1/generations/${id}`, {}, job, options),
    cancel: (id, options) => ask(`/v1/generations/${id}`, { method: 'DELETE', signal: null }, job, options),
    asset: (id, options) => ask(`/v1/assets/${id}`, {}, readBytes, options),
    follow: (id, options) => follow(server, id, { ...options, fetch, wait }),
  };
}
