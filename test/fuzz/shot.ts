/** One request as it goes over the wire, which may be no request at all. */

export type Header = readonly [name: string, value: string];

/** Repeated, so that a body too large to be taken is small to write down. */
export type Body = { bytes: Uint8Array; times: number };

/** How a request says where its body ends. All but the first three say it wrongly. */
export const framings = [
  'none',
  'length',
  'chunked',
  'length too long',
  'length too short',
  'length twice',
  'length in words',
  'length negative',
  'length vast',
  'length and chunks',
  'chunks broken',
] as const;
export type Framing = (typeof framings)[number];

/** How its bytes come: in one go, a few at a time, with this side closed after them, or with the end missing. */
export const deliveries = ['whole', 'trickled', 'half-closed', 'cut', 'stalled'] as const;
export type Delivery = (typeof deliveries)[number];

export type Shot = {
  method: string;
  /** As it stands in the first line. */
  target: string;
  headers: readonly Header[];
  body: Body;
  framing: Framing;
  delivery: Delivery;
};

/** Headers after which a server may rightly wait for more, or close without a word. */
const unsettling = /^(connection|content-length|transfer-encoding|expect|upgrade)$/i;

/** One of more may be answered and broken off before it is through, and the answer lost with it. */
const SURE_BYTES = 1024 * 1024;

/** Whether it must be answered, with whatever. */
export function isWhole({ framing, delivery, headers, body }: Shot): boolean {
  if (body.bytes.length * body.times > SURE_BYTES) return false;
  const ends = framing === 'none' || framing === 'length' || framing === 'chunked';
  const own = headers.filter(([name]) => unsettling.test(name));
  return ends && (delivery === 'whole' || delivery === 'trickled') && own.length === 0;
}

/** The bytes in the pieces in which they are sent. */
export function writeShot(shot: Shot): Uint8Array[] {
  const body = Buffer.concat(Array.from({ length: shot.body.times }, () => shot.body.bytes));
  const [framed, lines] = frame(body, shot.framing);
  const headers = [...shot.headers, ['Connection', 'close'] as const].map(([name, value]) => `${name}: ${value}`);
  const head = [`${shot.method} ${shot.target} HTTP/1.1`, ...headers, ...lines, '', ''].join('\r\n');
  const whole = Buffer.concat([Buffer.from(head), framed]);
  const sent = shot.delivery === 'cut' || shot.delivery === 'stalled' ? whole.subarray(0, whole.length * 0.7) : whole;
  return shot.delivery === 'trickled' ? cut(sent, 8) : [sent];
}

function frame(body: Buffer, framing: Framing): [Buffer, string[]] {
  const length = (value: number | string) => `Content-Length: ${value}`;
  const chunked = 'Transfer-Encoding: chunked';
  switch (framing) {
    case 'none':
      return [Buffer.alloc(0), []];
    case 'length':
      return [body, [length(body.length)]];
    case 'chunked':
      return [writeChunks(body), [chunked]];
    case 'length too long':
      return [body, [length(body.length + 10)]];
    case 'length too short':
      return [body, [length(Math.floor(body.length / 2))]];
    case 'length twice':
      return [body, [length(body.length), length(body.length + 1)]];
    case 'length in words':
      return [body, [length('many')]];
    case 'length negative':
      return [body, [length(-1)]];
    case 'length vast':
      return [body, [length('9'.repeat(30))]];
    case 'length and chunks':
      return [writeChunks(body), [length(body.length), chunked]];
    case 'chunks broken':
      return [Buffer.concat([Buffer.from('zz\r\n'), body]), [chunked]];
  }
}

function writeChunks(body: Buffer): Buffer {
  const chunks = body.length === 0 ? [] : cut(body, 3);
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...framed, Buffer.from('0\r\n\r\n')]);
}

function cut(bytes: Buffer, pieces: number): Buffer[] {
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
}

/** For whoever shall see it again: the head as text, the body as base64. */
export function describeShot({ method, target, headers, body, framing, delivery }: Shot): string {
  const short = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}… (${text.length})` : text);
  const shown = (text: string) =>
    JSON.stringify(short(text)).replace(
      /[^ -~]/g,
      (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  const base64 = Buffer.from(body.bytes).toString('base64');
  const lines = headers.map(([name, value]) => `${shown(name)}: ${shown(value)}`);
  return [
    `${method} ${shown(target)}`,
    ...lines,
    `body: ${framing}, ${delivery}, ${body.bytes.length} bytes, ${body.times} times, base64 ${short(base64)}`,
  ].join('\n');
}
