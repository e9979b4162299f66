/** The panel's way to the server: tries again, comes back, and hears of a job to its end. */
import { describe, expect, it } from 'vitest';
import { PanelError } from '../../../plugin/ui/problem.js';
import { createClient } from '../../../plugin/ui/client/client.js';
import type { Heard } from '../../../plugin/ui/client/follow.js';
import type { Waiting } from '../../../plugin/ui/client/persist.js';
import { brokenOff, createFakeServer, SERVER, until, variant } from './fake-server.js';

const setUp = () => {
  const server = createFakeServer();
  const waits: number[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  return { server, waits, client: createClient(SERVER, { fetch: server.fetch, wait }) };
};

describe('a request', () => {
  it('is sent again under the same name after a broken connection', async () => {
    const { server, waits, client } = setUp();
    server.script.push('broken', 'broken');
    const told: (Waiting | undefined)[] = [];
    const job = await client.submit({ prompt: 'jeans' }, 'ticket', { onWait: (waiting) => told.push(waiting) });
    expect(job.id).toBe('job-1');
    expect(server.calls.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['ticket', 'ticket', 'ticket']);
    expect(waits).toEqual([500, 1000]);
    expect(told.map((waiting) => waiting?.code)).toEqual(['unreachable', 'unreachable', undefined]);
  });

  it('is sent again where its answer breaks off', async () => {
    const { server, waits, client } = setUp();
    server.script.push(brokenOff(), brokenOff());
    expect(await client.asset('a'.repeat(32))).toEqual(new Uint8Array([1, 2, 3]));
    await client.submit({}, 'ticket');
    server.script.push(brokenOff());
    expect((await client.view('job-1')).id).toBe('job-1');
    expect(waits).toEqual([500, 1000, 500]);
  });

  it('for a finished picture goes on through a proxy that knows no server, and one that is long away', async () => {
    const { server, waits, client } = setUp();
    server.script.push(new Response('bad gateway', { status: 502 }), ...Array<'broken'>(8).fill('broken'));
    const picture = await client.asset('a'.repeat(32), { patient: true });
    expect(picture).toEqual(new Uint8Array([1, 2, 3]));
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000]);
    const faults = Array.from({ length: 9 }, () => new Response('oops', { status: 500 }));
    server.script.push(...faults);
    await expect(client.asset('b'.repeat(32), { patient: true })).rejects.toMatchObject({ problem: { status: 500 } });
    server.script.push(server.failure(404, 'unknown_asset'));
    await expect(client.asset('b'.repeat(32), { patient: true })).rejects.toMatchObject({ problem: { status: 404 } });
  });

  it('waits as long as a full server asks for', async () => {
    const { server, waits, client } = setUp();
    server.script.push(server.failure(429, 'queue_full'));
    await client.submit({}, 'ticket');
    expect(waits).toEqual([5000]);
  });

  it('fails with the code and the request id of a refusal, at once', async () => {
    const { server, waits, client } = setUp();
    server.script.push(server.failure(400, 'invalid_request'));
    const thrown: unknown = await client.submit({}, 'ticket').catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(PanelError);
    expect(thrown).toMatchObject({ problem: { code: 'invalid_request', status: 400, requestId: 'r-1' } });
    expect(waits).toEqual([]);
  });

  it('gives up on a server that stays away, and says so', async () => {
    const { server, client } = setUp();
    server.script.push(...Array<'broken'>(6).fill('broken'));
    await expect(client.view('job-1')).rejects.toMatchObject({ problem: { code: 'unreachable' } });
  });

  it('names what answers but is no Toile server', async () => {
    const { server, client } = setUp();
    server.script.push(new Response('<html>'));
    await expect(client.models()).rejects.toMatchObject({ problem: { code: 'bad-answer', detail: '<html>' } });
  });

  it('carries the key, and leaves none where there is none', async () => {
    const { server, client } = setUp();
    await client.upload(new Uint8Array([1]));
    await createClient({ url: SERVER.url, key: '' }, { fetch: server.fetch }).upload(new Uint8Array([1]));
    expect(server.calls.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer secret-key', null]);
  });
});

describe('following a job', () => {
  type Act = (server: ReturnType<typeof createFakeServer>, heard: Heard[]) => Promise<void>;
  const follow = async (act: Act, count = 1) => {
    const { server, client } = setUp();
    const { id } = await client.submit({ variants: count }, 'ticket');
    const heard: Heard[] = [];
    const reading = (async () => {
      for await (const one of client.follow(id, { signal: new AbortController().signal, count })) heard.push(one);
    })();
    reading.catch(() => undefined);
    await until(() => server.streams.length === 1);
    await act(server, heard);
    await reading;
    return { server, heard, asked: server.to('GET', `/v1/generations/${id}/events`) };
  };

  it('hears every event until the last', async () => {
    const { heard, asked } = await follow(async (server) => {
      server.send(1, { type: 'started' });
      server.send(2, { type: 'pass', variant: 0, pass: 1, passes: 2 });
      server.send(3, { type: 'something-newer' });
      server.send(4, { type: 'variant', variant: 0, ...variant(0) });
      server.send(5, { type: 'done' });
    });
    expect(heard.map(({ type }) => type)).toEqual(['view', 'started', 'pass', 'variant', 'done']);
    expect(asked[0]?.headers.get('last-event-id')).toBeNull();
  });

  it('goes on after the last event heard when the connection breaks', async () => {
    const { heard, asked } = await follow(async (server, soFar) => {
      server.send(1, { type: 'started' });
      server.send(2, { type: 'pass', variant: 0, pass: 1, passes: 4 });
      Object.assign(server.jobs.get('job-1') ?? {}, { state: 'running', progress: 0.25 });
      await until(() => soFar.at(-1)?.type === 'pass');
      server.drop();
      await until(() => server.streams.length === 2);
      server.send(3, { type: 'done' });
    });
    expect(heard.map(({ type }) => type)).toEqual(['view', 'started', 'pass', 'view', 'done']);
    expect(asked[1]?.headers.get('last-event-id')).toBe('2');
  });

  it('hears a restarted server from the start, which numbers its events anew', async () => {
    const { asked } = await follow(async (server, soFar) => {
      server.send(7, { type: 'pass', variant: 0, pass: 3, passes: 4 });
      await until(() => soFar.at(-1)?.type === 'pass');
      // the job is in the queue again, and its last event has a lower number than the one heard
      server.end();
      await until(() => server.streams.length === 2);
      server.send(3, { type: 'done' });
    });
    expect(asked[1]?.headers.get('last-event-id')).toBeNull();
  });

  it('takes the state of the job for its end where the end was missed', async () => {
    const { heard, asked } = await follow(async (server) => {
      Object.assign(server.jobs.get('job-1') ?? {}, { state: 'done', progress: 1, variants: [variant(0)] });
      server.end();
    });
    expect(heard.slice(1)).toMatchObject([{ type: 'view', view: { state: 'done', variants: [{ seed: 7 }] } }]);
    expect(asked).toHaveLength(1);
  });

  it('fails clearly where the server knows the job no more', async () => {
    const gone = follow(async (server) => {
      server.jobs.clear();
      server.end();
    });
    await expect(gone).rejects.toMatchObject({ problem: { code: 'unknown_job', status: 404 } });
  });

  it('waits for a server that is away for long', async () => {
    const { heard } = await follow(async (server) => {
      server.script.push(...Array<'broken'>(9).fill('broken'));
      server.end();
      await until(() => server.streams.length === 2);
      server.send(1, { type: 'done' });
    });
    expect(heard.map(({ type }) => type)).toEqual(['view', 'view', 'done']);
  });

  it('waits for another key where a restarted server wants one, and goes on with it', async () => {
    const server = createFakeServer();
    const given = { ...SERVER };
    const told: string[] = [];
    const client = createClient(given, { fetch: server.fetch, wait: async () => void (given.key = 'new-key') });
    const { id } = await client.submit({}, 'ticket');
    server.script.push(server.failure(403, 'forbidden_origin'));
    const options = { signal: new AbortController().signal, count: 1 };
    const events = client.follow(id, { ...options, onWait: (waiting) => told.push(waiting?.code ?? 'well') });
    expect(await events.next()).toMatchObject({ value: { type: 'view' } });
    expect(server.calls.at(-1)?.headers.get('authorization')).toBe('Bearer new-key');
    expect(told).toEqual(['forbidden_origin']);
    await events.return(undefined);
  });

  it('takes a stream that has fallen silent for broken', async () => {
    const { server, client } = setUp();
    const { id } = await client.submit({}, 'ticket');
    const events = client.follow(id, { signal: new AbortController().signal, count: 1, silenceMs: 30 });
    await events.next();
    const second = events.next();
    await until(() => server.streams.length === 1);
    expect(await second).toMatchObject({ value: { type: 'view' } });
    await events.return(undefined);
  });
});
