/** One call to the server: an answer that is well, or a PanelError that says what is not. */
import type * as z from 'zod/mini';
import { isAbort, PanelError } from '../problem.js';
import { errorAnswer } from './answers.js';

export type Server = { url: string; key: string };
export type CallOptions = RequestInit & { fetch: typeof globalThis.fetch };

export async function call(server: Server, path: string, options: CallOptions): Promise<Response> {
  const { fetch, ...rest } = options;
  const headers = new Headers(rest.headers);
  if (server.key) headers.set('Authorization', `Bearer ${server.key}`);
  let response: Response;
  try {
    response = await fetch(baseOf(server.url) + path, { ...rest, headers });
  } catch (cause) {
    if (isAbort(cause)) throw cause;
    throw new PanelError({ code: 'unreachable', detail: `no answer from ${server.url}` }, { cause });
  }
  if (response.ok) return response;
  const said = errorAnswer.safeParse(await response.json().catch(() => undefined));
  const { code, message, details } = said.success
    ? said.data.error
    : { code: 'bad-answer', message: `the server answered ${response.status}` };
  const { needs, job, ...figures } = details ?? {};
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  throw new PanelError(
    {
      ...{ code, detail: message, status: response.status, ...requestIdOf(response) },
      ...(needs ? { needs } : {}),
      ...(job === undefined ? {} : { job }),
      ...(Object.keys(figures).length === 0 ? {} : { figures }),
    },
    { retryAfter: Number.isFinite(retryAfter) ? retryAfter : undefined },
  );
}

export async function readAnswer<T>(response: Response, schema: z.ZodMiniType<T>): Promise<T> {
  const text = await whole(response.text());
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PanelError(
      { code: 'bad-answer', detail: text.slice(0, 200), status: response.status, ...requestIdOf(response) },
      { cause },
    );
  }
}

export async function readBytes(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await whole(response.arrayBuffer()));
}

/** An answer that breaks off is a broken connection like any other. */
async function whole<T>(body: Promise<T>): Promise<T> {
  try {
    return await body;
  } catch (cause) {
    if (isAbort(cause)) throw cause;
    throw new PanelError({ code: 'unreachable', detail: 'the answer broke off' }, { cause });
  }
}

export function baseOf(url: string): string {
  return url.trim().replace(/\/+$/, '');
}

function requestIdOf(response: Response): { requestId?: string } {
  const requestId = response.headers.get('x-request-id');
  return requestId === null ? {} : { requestId };
}
