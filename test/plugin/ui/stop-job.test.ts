/** What a server may make of the wish that it stop a job. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createClient, type Client } from '../../../plugin/ui/client/client.js';
import { stopJob } from '../../../plugin/ui/jobs/stop-job.js';
import { toProblem } from '../../../plugin/ui/problem.js';
import { createFakeServer, SERVER } from './fake-server.js';

const ticket = 't1';
const known = { ticket, server: SERVER.url, job: 'job-1' };
const sent = { ticket, server: SERVER.url, submission: { key: ticket, request: { prompt: 'jeans' } } };
const page = (status: number) => new Response('<h1>nothing here</h1>', { status });

let server: ReturnType<typeof createFakeServer>;
let client: Client;
beforeEach(() => {
  server = createFakeServer();
  client = createClient({ ...SERVER }, { fetch: server.fetch, wait: async () => undefined });
});

const states = () => [...server.jobs.values()].map(({ state }) => state);
const failureOf = (work: Promise<void>) =>
  work.then(
    () => undefined,
    (thrown: unknown) => toProblem(thrown).code,
  );

describe('a job whose answer was lost', () => {
  it('is stopped where it had arrived, and where it arrives only now', async () => {
    await client.submit(sent.submission.request, ticket);
    await stopJob(client, sent);
    await stopJob(client, { ...sent, submission: { key: 't2', request: {} } });
    expect(states()).toEqual(['cancelled', 'cancelled']);
  });

  it('is stopped where another request had arrived under its key', async () => {
    await client.submit({ prompt: 'skirt' }, ticket);
    server.script.push(server.failure(409, 'idempotency_conflict', { job: 'job-1' }), server.failure(500, 'internal'));
    await stopJob(client, sent);
    expect(states()).toEqual(['cancelled']);
  });

  it.each([
    ['a server that refuses it', () => server.failure(404, 'unknown_asset')],
    ['a server that does not say what it conflicts with', () => server.failure(409, 'idempotency_conflict')],
  ])('never came to %s', async (_, answer) => {
    server.script.push(answer());
    await stopJob(client, sent);
    expect(server.calls).toHaveLength(1);
  });
});

describe('a page of something in front of the server', () => {
  it.each([404, 410])('that says %d is no word of the server’s', async (status) => {
    server.script.push(page(status));
    expect(await failureOf(stopJob(client, sent))).toBe('bad-answer');
    server.script.push(page(status));
    expect(await failureOf(stopJob(client, known))).toBe('bad-answer');
  });

  it('that says 429 is waited for to pass', async () => {
    server.script.push(page(429));
    await stopJob(client, sent);
    expect(states()).toEqual(['cancelled']);
  });
});
