/** The connection check: what is wrong, told apart, each with its own trouble. */
import { describe, expect, it } from 'vitest';
import { completeAddress } from '../../../plugin/ui/client/complete-address.js';
import { examine, type Examined } from '../../../plugin/ui/doctor/examine.js';
import type { Surroundings } from '../../../plugin/ui/doctor/find-block.js';

type Answers = Partial<Record<'/healthz' | '/v1/models', () => Response>>;
const health = { ok: true, name: 'toile', version: '0.1.0', protocol: 2 };
const models = { models: [{ name: 'g', title: 'Garments', loaded: true }], device: 'cpu', deviceReason: 'no gpu' };
const refuse = (status: number, code: string, details?: object) => () =>
  Response.json({ error: { code, message: `it is ${code}`, details } }, { status });
const good: Answers = { '/healthz': () => Response.json(health), '/v1/models': () => Response.json(models) };
const forbid = (needs: unknown) => ({ ...good, '/v1/models': refuse(403, 'forbidden_origin', { needs }) });

async function check(
  answers: Answers,
  rest: Partial<Surroundings & { url: string; key: string; opaque: boolean; patience: number }> = {},
) {
  const { url = 'http://localhost:8787', key = 'k', opaque = false, patience, ...surroundings } = rest;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    if (init?.mode === 'no-cors') {
      if (opaque) return new Response();
      throw new TypeError('failed');
    }
    const { pathname } = new URL(String(input));
    const answer = pathname === '/healthz' || pathname === '/v1/models' ? answers[pathname] : undefined;
    if (!answer) throw new TypeError('failed');
    return answer();
  };
  const around: Surroundings = {
    fetch,
    secure: true,
    local: false,
    permission: async () => undefined,
    watchPolicy: () => () => false,
    ...surroundings,
  };
  let last: Examined = { checks: [] };
  for await (const examined of examine({ url, key }, around, { patience })) last = examined;
  const bad = last.checks.find(({ state }) => state === 'bad');
  return { ...last, bad: bad && `${bad.stage}: ${bad.trouble}`, states: last.checks.map(({ state }) => state) };
}

describe('the connection check', () => {
  it('goes through all stages of a sound server, and names model and device', async () => {
    const { states, checks, models: found } = await check(good);
    expect(states).toEqual(Array(6).fill('good'));
    expect(checks.map(({ detail }) => detail)).toEqual([undefined, undefined, undefined, '0.1.0', 'Garments', 'cpu']);
    expect(found?.models[0]?.name).toBe('g');
  });

  it.each([
    ['no address', {}, { url: 'localhost' }, 'reachable: no-address'],
    ['an address without a scheme', {}, { url: 'localhost:8787' }, 'reachable: no-address'],
    ['an address of something else', {}, { url: 'ftp://localhost' }, 'reachable: no-address'],
    ['nothing that runs there', {}, {}, 'reachable: not-running'],
    ['a manifest without the address', {}, { watchPolicy: () => () => true }, 'allowed: manifest'],
    ['a browser that keeps pages from this computer', {}, { permission: async () => 'denied' }, 'allowed: loopback'],
    ['HTTP from a page of HTTPS', {}, { url: 'http://toile.example' }, 'allowed: insecure'],
    ['a server that answers other pages only', {}, { opaque: true }, 'allowed: origin'],
    ['another program', { '/healthz': () => new Response('hello') }, {}, 'version: not-toile'],
    ['a missing key', { ...good, '/v1/models': refuse(401, 'unauthorized') }, { key: '' }, 'key: key-missing'],
    ['a wrong key', { ...good, '/v1/models': refuse(401, 'unauthorized') }, {}, 'key: key-wrong'],
    ['a missing token', { ...good, '/v1/models': refuse(403, 'forbidden_origin') }, {}, 'key: token'],
    ['a missing token by its name', forbid('token'), {}, 'key: token'],
    ['a server that has no key yet', forbid('key'), {}, 'key: key-make'],
    ['a host name that the server does not know', forbid('host'), {}, 'key: host'],
    ['a need of a newer server', forbid({ moon: 'full' }), {}, 'key: token'],
    ['a store that is away', { ...good, '/v1/models': refuse(503, 'store_unreachable') }, {}, 'key: store-away'],
    ['a queue that is away', { ...good, '/v1/models': refuse(503, 'queue_unreachable') }, {}, 'model: queue-away'],
    ['a server without a worker', { ...good, '/v1/models': refuse(503, 'engine_failed') }, {}, 'model: no-worker'],
    [
      'an old server',
      { ...good, '/healthz': () => Response.json({ ...health, protocol: 1 }) },
      {},
      'version: server-old',
    ],
    [
      'an old plugin',
      { ...good, '/healthz': () => Response.json({ ...health, protocol: 3 }) },
      {},
      'version: plugin-old',
    ],
    ['a broken model', { ...good, '/v1/models': refuse(503, 'broken_bundle') }, {}, 'model: no-model'],
    ['no model', { ...good, '/v1/models': () => Response.json({ ...models, models: [] }) }, {}, 'model: no-model'],
  ] as const)('tells %s', async (_, answers, rest, trouble) => {
    expect((await check(answers, rest)).bad).toBe(trouble);
  });

  it('waits no longer than it has patience for what takes its calls and says nothing', async () => {
    const fetch: typeof globalThis.fetch = (_, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    expect((await check({}, { fetch, patience: 20 })).bad).toBe('reachable: not-running');
  });

  it('suspects no browser where the page itself is of this computer', async () => {
    expect((await check({}, { local: true, permission: async () => 'denied' })).bad).toBe('reachable: not-running');
  });
});

describe('an address that was typed', () => {
  it.each([
    [' localhost:8911 ', 'http://localhost:8911'],
    ['localhost', 'http://localhost'],
    ['127.0.0.1:8787/', 'http://127.0.0.1:8787/'],
    ['[::1]:8787', 'http://[::1]:8787'],
    ['toile.studio.example', 'https://toile.studio.example'],
    ['localhost.example:8787', 'https://localhost.example:8787'],
    ['http://toile.studio.example', 'http://toile.studio.example'],
    ['HTTPS://toile.studio.example', 'HTTPS://toile.studio.example'],
    ['ftp://localhost', 'ftp://localhost'],
    ['  ', ''],
  ])('as %j is %j', (typed, address) => {
    expect(completeAddress(typed)).toBe(address);
  });
});
