/** The socket's side of HTTP: what is too broken, or too slow, to reach the app is answered in the app's own form. */
import { randomUUID } from 'node:crypto';
import { createServer, STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Logger } from 'pino';
import { ToileError } from '../shared/index.js';
import { asToileError, toBody } from './http-errors.js';

export type ListenOptions = {
  fetch: Parameters<typeof getRequestListener>[0];
  /** 0: any that is free. */
  port: number;
  hostname: string;
  log: Pick<Logger, 'error'>;
  /** How long a caller may take to send a request's headers. */
  headersMs?: number;
  /** And all of it: the largest picture at 100 kB a second. */
  requestMs?: number;
};

const HEADERS_MS = 20_000;
const REQUEST_MS = 330_000;

export function listen(options: ListenOptions, onListening: (address: AddressInfo) => void): Server {
  const { fetch, port, hostname, log, headersMs = HEADERS_MS, requestMs = REQUEST_MS } = options;
  const listener = getRequestListener(fetch, {
    errorHandler(thrown) {
      // the app has answers of its own for all that reaches it
      if (!(thrown instanceof RequestError)) {
        const requestId = randomUUID();
        log.error({ requestId, err: thrown }, 'request failed before the app could answer it');
        const headers = { 'X-Request-Id': requestId };
        return Response.json(toBody(asToileError(thrown)), { status: 500, headers });
      }
      return Response.json(bodyOf(`the request's address or Host is malformed: ${thrown.message}`), { status: 400 });
    },
  });
  const limits = { headersTimeout: headersMs, requestTimeout: requestMs, connectionsCheckingInterval: headersMs / 4 };
  // Node's own answer to a request without one has no words
  const leftToUs = { requireHostHeader: false };
  const underWay = new WeakMap<Duplex, ServerResponse>();
  const server = createServer({ ...limits, ...leftToUs }, (request, response) => {
    underWay.set(request.socket, response);
    void listener(request, response);
  });

  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const response = underWay.get(socket);
    // in the middle of an answer nothing else can be said
    if (response?.headersSent && !response.writableFinished) return void socket.destroy();
    refuse(socket, ...explain(error));
  });
  server.on('connect', (_, socket) => refuse(socket, 405, 'CONNECT is for proxies, and this is none'));
  server.on('checkExpectation', ({ headers, socket }) => {
    refuse(socket, 417, `Expect '${String(headers.expect).slice(0, 40)}' can't be met; 100-continue can`);
  });
  return server.listen(port, hostname, () => {
    const address = server.address();
    // a string is the path of a socket, which this is none of
    if (address !== null && typeof address !== 'string') onListening(address);
  });
}

/** Where a browser of this machine finds what listens on `host`. */
export function addressOf(host: string, port: number): string {
  // of loopback's other addresses, localhost is none
  const here = ['localhost', '127.0.0.1', '::1', '0.0.0.0', '::'].includes(host);
  const name = here ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** By what Node says of bytes that are no request. */
function explain({ code }: NodeJS.ErrnoException): [status: number, message: string] {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [408, 'the request took too long to come'];
  if (code === 'HPE_HEADER_OVERFLOW') return [431, 'the headers have more than 16 KiB, the most that is taken here'];
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return [413, 'the extensions of a chunk are too long'];
  return [400, 'the request is no HTTP/1.1'];
}

function refuse(socket: Duplex, status: number, message: string): void {
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify(bodyOf(message));
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  // a caller that never closes its own side is not waited for
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function bodyOf(message: string) {
  return toBody(new ToileError('invalid_request', message));
}
