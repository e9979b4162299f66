/** Sends bytes over a socket of its own and reads what comes back, as far as it is HTTP at all. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isWhole, writeShot, type Shot } from './shot.js';

export type Answer = { status: number; headers: ReadonlyMap<string, string>; body: Buffer };
/** `rest` are bytes that are no answer. */
export type Answers = { answers: Answer[]; rest: Buffer; ms: number };

/** A whole request has its answer within this time, on a machine that does other work beside. */
const PATIENCE_MS = 20_000;
/** What is no whole request may be waited on for its rest, which never comes. */
const GLANCE_MS = 150;
const TRICKLE_MS = 4;

export async function fire(port: number, shot: Shot): Promise<Answers> {
  const startedAt = performance.now();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // one that is closed under a body has had enough of it
  socket.on('error', () => undefined);
  const closed = Promise.race([once(socket, 'end'), once(socket, 'close')]).catch(() => undefined);
  try {
    await Promise.race([once(socket, 'connect'), closed]);
    await send(socket, shot);
    await Promise.race([closed, delay(isWhole(shot) ? PATIENCE_MS : GLANCE_MS, undefined, { ref: false })]);
  } finally {
    socket.destroy();
  }
  return { ...readAnswers(Buffer.concat(chunks), shot.method === 'HEAD'), ms: performance.now() - startedAt };
}

async function send(socket: Socket, shot: Shot): Promise<void> {
  const pieces = writeShot(shot);
  for (const [n, piece] of pieces.entries()) {
    if (n > 0) await delay(TRICKLE_MS);
    if (socket.destroyed) return;
    socket.write(piece);
  }
  if (shot.delivery === 'half-closed') socket.end();
  if (shot.delivery === 'cut') {
    await delay(TRICKLE_MS);
    socket.destroy();
  }
}

function readAnswers(bytes: Buffer, bodiless: boolean): { answers: Answer[]; rest: Buffer } {
  const answers: Answer[] = [];
  let rest = bytes;
  for (let found = readAnswer(rest, bodiless); found; found = readAnswer(rest, bodiless)) {
    rest = found.rest;
    // 1xx only says to go on
    if (found.answer.status >= 200) answers.push(found.answer);
  }
  return { answers, rest };
}

function readAnswer(bytes: Buffer, bodiless: boolean): { answer: Answer; rest: Buffer } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(`${first} `)?.[1]);
  if (!status) return undefined;
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const after = bytes.subarray(end + 4);
  const [body, rest] = readBody(after, headers, bodiless || status < 200 || status === 204);
  return { answer: { status, headers, body }, rest };
}

function readBody(bytes: Buffer, headers: ReadonlyMap<string, string>, bodiless: boolean): [Buffer, Buffer] {
  if (bodiless) return [Buffer.alloc(0), bytes];
  if (headers.get('transfer-encoding') !== 'chunked') {
    const length = headers.has('content-length') ? Number(headers.get('content-length')) : bytes.length;
    return [bytes.subarray(0, length), bytes.subarray(length)];
  }
  const chunks: Buffer[] = [];
  let rest = bytes;
  for (;;) {
    const line = rest.indexOf('\r\n');
    const size = parseInt(rest.subarray(0, Math.max(0, line)).toString('latin1'), 16);
    if (!(size > 0)) return [Buffer.concat(chunks), rest.subarray(Math.min(rest.length, line + 4))];
    chunks.push(rest.subarray(line + 2, line + 2 + size));
    rest = rest.subarray(line + 4 + size);
  }
}
