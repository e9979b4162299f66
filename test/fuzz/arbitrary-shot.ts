/** Requests to every route of the server, right, nearly right and not at all. */
import fc, { type Arbitrary } from 'fast-check';
import { arbitraryJson, arbitraryRequest } from './arbitrary-json.js';
import { arbitraryPicture } from './arbitrary-pictures.js';
import { deliveries, framings, type Body, type Header, type Shot } from './shot.js';

/** What is there to be asked for. */
export type Known = {
  /** As a caller would name the server. */
  host: string;
  /** Paths, with {id} where one holds an id. */
  routes: readonly string[];
  /** How a caller shows who it is; absent where nobody need. */
  authorization?: string;
  /** How another does. */
  otherAuthorization?: string;
  /** Of this caller, or open to it. */
  assets: readonly string[];
  jobs: readonly string[];
  /** Of another. */
  foreign: readonly string[];
};

export async function arbitraryShot(known: Known): Promise<Arbitrary<Shot>> {
  const pictures = await arbitraryPicture();
  const noId = fc.oneof(fc.constantFrom(...odd.ids), fc.string({ unit: 'binary', maxLength: 40 }).map(encodeLoosely));
  const ids = fc.oneof(fc.constantFrom(...known.assets, ...known.jobs), fc.constantFrom(...known.foreign), noId);
  const assets = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...known.assets) },
    { weight: 1, arbitrary: fc.constantFrom(...known.foreign, '0'.repeat(32), 'x', '../jobs/x', '') },
  );
  const json = arbitraryJson(arbitraryRequest(assets));

  const path = fc.oneof(
    {
      weight: 12,
      arbitrary: fc.tuple(fc.constantFrom(...known.routes), ids).map(([route, id]) => route.replace('{id}', () => id)),
    },
    { weight: 1, arbitrary: fc.constantFrom(...odd.targets) },
    { weight: 1, arbitrary: fc.string({ maxLength: 60 }).map((text) => `/${encodeLoosely(text)}`) },
  );
  const query = fc.oneof(
    { weight: 8, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constantFrom('?', '?id=1', '?%', '?__proto__=1', '??', '#x') },
  );
  const framing = mostly(fc.constantFrom('length', 'length', 'chunked'), fc.constantFrom(...framings));
  const delivery = mostly(fc.constant('whole'), fc.constantFrom(...deliveries));
  const headers = headersOf(known);

  const anything = fc.record({
    method: fc.constantFrom('GET', 'GET', 'POST', 'DELETE', ...odd.methods),
    target: fc.tuple(path, query).map((parts) => parts.join('')),
    headers,
    body: bodies(fc.oneof(json, pictures)),
    framing,
    delivery,
  });
  const posting = (target: string, body: Arbitrary<Uint8Array>) =>
    fc.record({
      method: fc.constant('POST'),
      target: fc.constant(target),
      headers,
      body: bodies(body),
      framing,
      delivery,
    });
  const reading = fc.record({
    method: mostly(fc.constantFrom('GET', 'DELETE'), fc.constantFrom(...odd.methods)),
    target: path,
    headers,
    body: fc.constant({ bytes: new Uint8Array(), times: 0 }),
    framing: fc.constant('none' as const),
    delivery,
  });
  // right in everything, so that jobs are made and what lies behind the first checks is reached
  const right = fc.record({
    method: fc.constant('POST'),
    target: fc.constant('/v1/generations'),
    headers: fc.constant(usualHeaders(known)),
    body: arbitraryRequest(fc.constantFrom(...known.assets)).map((request) => ({
      bytes: Buffer.from(JSON.stringify(request)),
      times: 1,
    })),
    framing: fc.constantFrom('length' as const, 'chunked' as const),
    delivery: fc.constantFrom('whole' as const, 'trickled' as const),
  });
  return fc.oneof(
    { weight: 2, arbitrary: right },
    { weight: 4, arbitrary: posting('/v1/generations', json) },
    { weight: 3, arbitrary: posting('/v1/assets', pictures) },
    { weight: 3, arbitrary: reading },
    { weight: 2, arbitrary: anything },
  );
}

function usualHeaders({ host, authorization }: Known): Header[] {
  return [['Host', host], ...(authorization === undefined ? [] : [['Authorization', authorization] as const])];
}

function headersOf(known: Known): Arbitrary<Header[]> {
  const value = fc.oneof(
    fc.constantFrom(...odd.values, known.authorization ?? 'x', `http://${known.host}`, known.host),
    fc.string({ unit: 'binary', maxLength: 60 }),
  );
  const usual = usualHeaders(known);
  const other = known.otherAuthorization === undefined ? [] : ([['Authorization', known.otherAuthorization]] as const);
  const extra: Arbitrary<Header> = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...odd.names), value) },
    { weight: 3, arbitrary: fc.constantFrom<Header>(...odd.headers, ...other) },
    { weight: 1, arbitrary: fc.tuple(fc.string({ minLength: 1, maxLength: 20 }), value) },
  );
  const some = fc.tuple(fc.subarray(usual), fc.array(extra, { maxLength: 4 })).map((parts) => parts.flat());
  const many = fc
    .nat(3000)
    .map((count) => [...usual, ...Array.from({ length: count }, (_, n): Header => [`X-${n}`, 'x'])]);
  const right = fc.constant(usual);
  const added = fc.array(extra, { minLength: 1, maxLength: 3 }).map((more) => [...usual, ...more]);
  return fc.oneof(
    { weight: 20, arbitrary: right },
    { weight: 12, arbitrary: added },
    { weight: 5, arbitrary: some },
    { weight: 1, arbitrary: many },
  );
}

function bodies(bytes: Arbitrary<Uint8Array>): Arbitrary<Body> {
  const once = bytes.map((some) => ({ bytes: some, times: 1 }));
  // just over what a request, and a picture, may have
  const vast = fc.constantFrom(300, 33_000).map((times) => ({ bytes: Buffer.alloc(1024, 'x'), times }));
  return fc.oneof({ weight: 150, arbitrary: once }, { weight: 1, arbitrary: vast });
}

const mostly = <T, U>(usual: Arbitrary<T>, other: Arbitrary<U>): Arbitrary<T | U> =>
  fc.oneof({ weight: 7, arbitrary: usual }, { weight: 2, arbitrary: other });

/** Some of what would end a first line or a path early is encoded, by the text's own whim. */
function encodeLoosely(text: string): string {
  return text.replace(/[\s\0-\x1f?#]/g, (letter) => (text.length % 3 === 0 ? letter : encodeURIComponent(letter)));
}

const odd = {
  methods: ['PUT', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'QUERY', 'get', 'FOO', ''],
  ids: [
    ...[
      '..',
      '../..',
      '..%2f..%2fnext%2fsecret.txt',
      '%2e%2e/%2e%2e/next/secret.txt',
      '..\\..\\next',
      '%00',
      'a%00.png',
    ],
    ...[
      '__proto__',
      'constructor',
      '%',
      '%zz',
      '%c0%ae%c0%ae',
      '%ff',
      'ａ',
      '*',
      "'",
      '"',
      '{id}',
      ':id',
      '',
      '.',
      '//',
    ],
    ...['0'.repeat(32), '0'.repeat(31), 'F'.repeat(32), '00000000-0000-0000-0000-000000000000', '-'.repeat(36)],
    ...['a'.repeat(5000), '%61'.repeat(4000), 'token', '../token', '../keys', 'x.bin', 'x.bin.part'],
  ],
  targets: [
    ...[
      '*',
      '/',
      '//',
      '/..',
      '/../next/secret.txt',
      '/%2e%2e/next/secret.txt',
      '/v1',
      '/v1/',
      '/v1//assets',
      '/V1/assets',
    ],
    ...[
      'http://evil.example/v1/models',
      'http://[/x',
      'https://',
      'evil',
      '\\',
      '/\\evil',
      '/v1/assets\\..',
      '/v1/models ',
      '',
    ],
    ...['/playground/../../package.json', '/plugin/%2e%2e/%2e%2e/package.json', '/dist/server/main.js', '/.git/config'],
    ...[
      '/v1/assets/%',
      '/v1/generations/%E0%A4%A',
      '/openapi.json/',
      '/metrics?',
      '/healthz/x',
      `/${'a/'.repeat(4000)}`,
    ],
  ],
  names: [
    ...['Authorization', 'Host', 'Origin', 'Referer', 'Content-Type', 'Content-Length', 'Content-Encoding', 'Accept'],
    ...[
      'Transfer-Encoding',
      'Idempotency-Key',
      'Last-Event-ID',
      'X-Request-Id',
      'Range',
      'If-None-Match',
      'Cookie',
      'TE',
    ],
    ...[
      'Expect',
      'Upgrade',
      'Connection',
      'X-Forwarded-For',
      'X-Forwarded-Host',
      'Forwarded',
      'X-HTTP-Method-Override',
    ],
    ...['__proto__', 'constructor', 'Bad Name', 'Ünicode', '', 'Access-Control-Request-Headers'],
  ],
  values: [
    ...[
      '',
      ' ',
      '\t',
      'null',
      'Bearer',
      'Bearer ',
      'bearer x',
      'Basic eDp4',
      'Bearer \u00e9',
      'a'.repeat(300),
      'a'.repeat(20_000),
    ],
    ...[
      '0',
      '-1',
      '1',
      '1e3',
      '9'.repeat(15),
      '9'.repeat(16),
      '٣',
      'NaN',
      '0x10',
      '1, 2',
      '*/*',
      'gzip',
      'chunked',
      'identity',
    ],
    ...[
      'http://evil.example',
      'file://',
      'http://localhost',
      'https://localhost:1',
      'evil.example',
      '[::1]',
      '[::1',
      'localhost:99999',
    ],
    ...[
      '127.0.0.1.evil.example',
      'localhost@evil.example',
      'localhost/x',
      'a b',
      '127.1',
      '\u0000',
      '\r\nX-Injected: 1',
      'é',
      '🧥',
    ],
    ...[
      'image/png',
      'application/json',
      'text/plain; charset=utf-7',
      'multipart/form-data; boundary=x',
      'bytes=0-1',
      '100-continue',
    ],
    ...[
      'websocket',
      'h2c',
      'keep-alive',
      'upgrade',
      '${jndi:x}',
      '{}',
      '"',
      'k',
      'k k',
      'k'.repeat(200),
      'k'.repeat(201),
    ],
  ],
  headers: [
    ['Idempotency-Key', 'k'],
    ['Last-Event-ID', '1'],
    ['Origin', 'null'],
    ['Expect', '100-continue'],
    ['Expect', 'a miracle'],
    ['Transfer-Encoding', 'gzip, chunked'],
    ['Content-Encoding', 'br'],
    ['Cookie', `a=${'b'.repeat(9000)}`],
    ['Host', 'localhost'],
  ] as Header[],
};
