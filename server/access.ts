/** Who may ask: bearers of keys; on a loopback address where no key was made, local programs and the own page. */
import { ToileError, toToileError } from '../shared/index.js';
import { isLoopback } from './config.js';
import { DEFAULT_ACTIVE, hashKey, isSameHash, type KeyLimits } from './keys.js';
import type { KnownKeys } from './known-keys.js';
import { readLocalToken } from './local-token.js';

/** `token` is printed at the start; it lets a page of origin `null`, as a plugin's is, in without a key. */
export type Access = { type: 'open'; token: string } | { type: 'keyed'; keys: Pick<KnownKeys, 'find'> };

export type Caller = { tenant: string; limits: KeyLimits };

export type AccessOptions = {
  host: string;
  keys: KnownKeys;
  /** Where the token of an open server is kept; absent: nowhere. */
  folder?: string | undefined;
  /** Hears of a store that can't say yet whether there are keys. */
  onError: (error: unknown) => void;
};

const LOCAL_TENANT = 'local';

/**
 * How a server lets callers in, settled at its start: no key that is made or revoked later opens it or closes it.
 * @throws ToileError `invalid_config` where others can reach it and there is no key; `store_unreachable` where only keys
 *   could tell whether it is open
 */
export async function openAccess({ host, keys, folder, onError }: AccessOptions): Promise<Access> {
  const local = isLoopback(host);
  try {
    if (await keys.any()) return { type: 'keyed', keys };
  } catch (thrown) {
    if (local || toToileError(thrown).code !== 'store_unreachable') throw thrown;
    // whoever asks before the store is back is told that it isn't
    onError(thrown);
    return { type: 'keyed', keys };
  }
  if (local) return { type: 'open', token: await readLocalToken(folder) };
  throw new ToileError(
    'invalid_config',
    `HOST=${host} is reachable by others, so a key is needed: npm run toile -- keys add NAME makes one; or set HOST to 127.0.0.1`,
  );
}

/**
 * @throws ToileError `unauthorized` without a valid key where keys are asked for, `store_unreachable` where none can be
 *   looked up, `forbidden_origin` for a page from elsewhere
 */
export async function checkAccess(headers: Headers, access: Access): Promise<Caller> {
  const bearer = /^Bearer (.+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  if (access.type === 'keyed') {
    const record = bearer === undefined ? undefined : await access.keys.find(bearer);
    if (!record) throw new ToileError('unauthorized', 'a key is needed: Authorization: Bearer <key>');
    return { tenant: record.tenant, limits: { active: DEFAULT_ACTIVE, ...record.limits } };
  }
  const caller = { tenant: LOCAL_TENANT, limits: {} };
  checkLocal(headers);
  const host = headers.get('host') ?? '';
  const origin = headers.get('origin');
  if (origin === null || isOwnOrigin(origin, host)) return caller;
  if (origin === 'null' && bearer !== undefined && isSameHash(hashKey(bearer), hashKey(access.token))) return caller;
  const refused = `a page of origin '${origin}' may not ask`;
  if (origin === 'null') throw forbidden(`${refused}: the token that the start printed is needed`, 'token');
  throw forbidden(`${refused}: only the server's own page may ask`);
}

/**
 * The page at `/` holds the token, so nobody but a browser's window at this machine's own address may read it: not a page
 * from elsewhere whose name leads here, and not one of origin `null`.
 * @throws ToileError `forbidden_origin`
 */
export function checkPageAccess(headers: Headers, { type }: Access): void {
  const host = headers.get('host') ?? '';
  if (type === 'open') checkLocal(headers);
  const origin = headers.get('origin');
  if (origin === null || isOwnOrigin(origin, host)) return;
  throw forbidden(`a page of origin '${origin}' may not read this one`);
}

/** Origins that a browser may tell the answer to. Anybody can be `null`, which is why it takes a bearer. */
export function allowedOrigin(origin: string, host: string): string | undefined {
  return origin === 'null' || isOwnOrigin(origin, host) ? origin : undefined;
}

function isOwnOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** Set by proxies, which ask from this machine for callers who are not on it and whose Host may be a lie. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

function checkLocal(headers: Headers): void {
  if (FORWARDED.some((name) => headers.has(name))) {
    throw forbidden(
      'this server has no key, so it answers this machine alone; make one with npm run toile -- keys add NAME and start it again',
      'key',
    );
  }
  const host = headers.get('host') ?? '';
  if (/^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host)) return;
  throw forbidden(`Host '${host}' is not this machine; use localhost or 127.0.0.1`, 'host');
}

/** @param needs what would let the caller in, for programs that say it in words of their own; absent: nothing would */
function forbidden(message: string, needs?: 'token' | 'key' | 'host'): ToileError {
  return new ToileError('forbidden_origin', message, needs === undefined ? {} : { details: { needs } });
}
