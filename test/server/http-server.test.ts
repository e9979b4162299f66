/** What never reaches the app, over real sockets. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addressOf, listen } from '../../server/http-server.js';

const lines: string[] = [];
const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
const opened: Server[] = [];
afterEach(() => {
  lines.splice(0);
  for (const server of opened.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** Answers with the body it got. */
const echo = async (request: Request) => new Response(await request.text());

function open(limits: { headersMs?: number; requestMs?: number } = {}, fetch = echo): Promise<number> {
  return new Promise((resolve) => {
    opened.push(listen({ fetch, port: 0, hostname: '127.0.0.1', log, ...limits }, ({ port }) => resolve(port)));
  });
}

/** All that comes back until the server closes. */
async function talk(port: number, ...pieces: string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
  socket.on('error', () => undefined);
  const ended = once(socket, 'end');
  for (const piece of pieces) {
    socket.write(piece);
    await delay(20);
  }
  await ended;
  socket.destroy();
  return heard;
}

const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
function readFailure(heard: string) {
  const [head = '', body = ''] = heard.split('\r\n\r\n');
  expect(head).toMatch(/content-type: application\/json/i);
  return { status: Number(head.split(' ')[1]), ...failure.parse(JSON.parse(body)).error };
}

describe('the server of HTTP', () => {
  it.each([
    ['no words at all', 'what is this\r\n\r\n', 400, /no HTTP/],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n', 400, /no HTTP/],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx', 400, /no HTTP/],
    ['headers without end', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, /16 KiB/],
    ['no Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400, /host/i],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n', 400, /host/i],
    ['a proxy', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 405, /CONNECT/],
    ['wonders', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: a miracle\r\n\r\n', 417, /a miracle.*100-continue/],
  ])("says what is wrong with %s in the app's form", async (_, bytes, status, message) => {
    const said = readFailure(await talk(await open(), bytes));
    expect(said).toMatchObject({ status, code: 'invalid_request', message: expect.stringMatching(message) });
  });

  it('waits for headers and bodies that come slowly no longer than it may', async () => {
    const port = await open({ headersMs: 2000, requestMs: 3000 });
    const slow = Promise.all([
      talk(port, 'GET / HT', 'TP/1.1\r\nHos', 't: a\r\nX-'),
      talk(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n', 'a', 'b'),
    ]);
    // others are served meanwhile
    expect(await talk(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 200/);
    for (const heard of await slow) expect(readFailure(heard)).toMatchObject({ status: 408, message: /took too long/ });
  });

  it('logs what fails beside the app, by the request id that its answer has', async () => {
    const port = await open({}, () => Promise.reject(new Error('the app fell over')));
    const heard = await talk(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const { status, code, message } = readFailure(heard);
    expect({ status, code }).toEqual({ status: 500, code: 'internal' });
    expect(message).not.toMatch(/fell over/);
    const [, requestId] = /x-request-id: (\S+)/i.exec(heard) ?? [];
    expect(requestId).toMatch(/^[\da-f-]{36}$/);
    expect(lines).toEqual([expect.stringMatching(new RegExp(`"requestId":"${requestId}".*the app fell over`))]);
  });

  it('says nothing more in the middle of an answer', async () => {
    const endless = async () =>
      new Response(new ReadableStream({ start: (to) => to.enqueue(Buffer.from('data: 1\n\n')) }));
    const heard = await talk(await open({}, endless), 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'what is this\r\n\r\n');
    expect(heard).toMatch(/data: 1\n\n\s*$/);
  });
});

describe('the address of a server', () => {
  it.each(['localhost', '127.0.0.1', '::1', '0.0.0.0', '::'])('on %s is localhost', (host) => {
    expect(addressOf(host, 8787)).toBe('http://localhost:8787');
  });

  it.each([
    ['192.168.1.20', 'http://192.168.1.20:9000'],
    ['toile.example', 'http://toile.example:9000'],
    ['fd00::20', 'http://[fd00::20]:9000'],
    ['127.0.0.2', 'http://127.0.0.2:9000'],
  ])('on %s is %s, since nothing listens elsewhere', (host, address) => {
    expect(addressOf(host, 9000)).toBe(address);
  });
});
