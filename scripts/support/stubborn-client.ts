/** Asks one of several servers, and again while they say that it is not their time; follows a job wherever it is told. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { readEvents } from '../../plugin/ui/client/read-events.js';
import { jobEvent, jobView, type JobEvent, type JobView } from '../../shared/job.js';

/** One of the servers, by the key that shows who asks. */
export type Desk = { origin: string; key?: string };
export type NumberedEvent = { id: number; event: JobEvent };

/** What was met on the way and got over. */
export type Hindrances = {
  /** Answers that asked for patience, by code. */
  refused: Record<string, number>;
  /** Requests and streams that broke. */
  broken: number;
};

export type Question = {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
};
/** `ms` is what the answered try took, without those before it. */
export type Reply = { status: number; bytes: Buffer; ms: number };

/** Longer than a server takes that waits for its store, and shorter than a run. */
const TRY_MS = 90_000;
const BROKEN_PAUSE_MS = 300;
const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export type StubbornClient = ReturnType<typeof createStubbornClient>;

export function createStubbornClient() {
  const hindrances: Hindrances = { refused: {}, broken: 0 };

  const headersOf = ({ key }: Desk): Record<string, string> =>
    key === undefined ? {} : { authorization: `Bearer ${key}` };

  /** Any answer but 429 and 503, which are waited out for as long as they say. */
  async function ask(
    desk: Desk,
    { method = 'GET', path, headers, body }: Question,
    signal: AbortSignal,
  ): Promise<Reply> {
    for (;;) {
      signal.throwIfAborted();
      const startedAt = performance.now();
      try {
        const answer = await fetch(`${desk.origin}${path}`, {
          method,
          headers: { ...headersOf(desk), ...headers },
          ...(body === undefined ? {} : { body }),
          signal: AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]),
        });
        const bytes = Buffer.from(await answer.arrayBuffer());
        const ms = performance.now() - startedAt;
        if (answer.status !== 429 && answer.status !== 503) return { status: answer.status, bytes, ms };
        const { code } = failure.parse(JSON.parse(bytes.toString('utf8'))).error;
        hindrances.refused[code] = (hindrances.refused[code] ?? 0) + 1;
        await delay(1000 * z.coerce.number().parse(answer.headers.get('retry-after') ?? '1'), undefined, { signal });
      } catch (thrown) {
        if (signal.aborted || thrown instanceof z.ZodError) throw thrown;
        hindrances.broken++;
        await delay(BROKEN_PAUSE_MS, undefined, { signal });
      }
    }
  }

  /** @throws Error with what was said, where the status is another */
  async function expect(status: number, desk: Desk, question: Question, signal: AbortSignal): Promise<Reply> {
    const reply = await ask(desk, question, signal);
    if (reply.status === status) return reply;
    throw new Error(
      `${question.method ?? 'GET'} ${question.path}: ${reply.status} ${reply.bytes.toString('utf8').slice(0, 300)}`,
    );
  }

  return {
    hindrances,
    ask,

    async upload(desk: Desk, body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<string> {
      const { bytes } = await expect(201, desk, { method: 'POST', path: '/v1/assets', body }, signal);
      return z.object({ id: z.string() }).parse(JSON.parse(bytes.toString('utf8'))).id;
    },
    async submit(
      desk: Desk,
      request: object,
      key: string,
      signal: AbortSignal,
    ): Promise<{ view: JobView; ms: number }> {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      const question = { method: 'POST', path: '/v1/generations', headers, body: JSON.stringify(request) };
      const { bytes, ms } = await expect(202, desk, question, signal);
      return { view: jobView.parse(JSON.parse(bytes.toString('utf8'))), ms };
    },
    async view(desk: Desk, id: string, signal: AbortSignal): Promise<JobView> {
      const { bytes } = await expect(200, desk, { path: `/v1/generations/${id}` }, signal);
      return jobView.parse(JSON.parse(bytes.toString('utf8')));
    },
    async cancel(desk: Desk, id: string, signal: AbortSignal): Promise<JobView> {
      const { bytes } = await expect(200, desk, { method: 'DELETE', path: `/v1/generations/${id}` }, signal);
      return jobView.parse(JSON.parse(bytes.toString('utf8')));
    },
    async download(desk: Desk, asset: string, signal: AbortSignal): Promise<Buffer> {
      return (await expect(200, desk, { path: `/v1/assets/${asset}` }, signal)).bytes;
    },

    /** One stream of events after `lastId`, for as long as it holds. Whether the job has ended, the events say. */
    async *listen(desk: Desk, id: string, lastId: number, signal: AbortSignal): AsyncGenerator<NumberedEvent> {
      try {
        const headers = { ...headersOf(desk), 'last-event-id': String(lastId) };
        const answer = await fetch(`${desk.origin}/v1/generations/${id}/events`, { headers, signal });
        if (!answer.ok) {
          const { code } = failure.parse(await answer.json()).error;
          hindrances.refused[code] = (hindrances.refused[code] ?? 0) + 1;
          return void (await delay(1000 * Number(answer.headers.get('retry-after') ?? '1'), undefined, { signal }));
        }
        for await (const { id: number, data } of readEvents(answer)) {
          yield { id: Number(number), event: jobEvent.parse(JSON.parse(data)) };
        }
      } catch (thrown) {
        if (thrown instanceof z.ZodError) throw thrown;
        signal.throwIfAborted();
        hindrances.broken++;
        await delay(BROKEN_PAUSE_MS, undefined, { signal });
      }
    },
  };
}
