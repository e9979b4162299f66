/** Who may ask: bearer keys where there are any; on a loopback address without keys, local programs and the own page. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { ToileError } from '../shared/index.js';

export type AccessOptions = {
  /** SHA-256 of each key, hexadecimal. None: open to this machine alone. */
  keyHashes: readonly string[];
  /** Printed at the start; lets a page of origin `null`, as a plugin's is, in without a key. */
  token: string;
};

export type Caller = { tenant: string };

export const LOCAL_TENANT = 'local';

/**
 * @throws ToileError `unauthorized` without a valid key where keys are set, `forbidden_origin` for a page from elsewhere
 */
export function checkAccess(headers: Headers, { keyHashes, token }: AccessOptions): Caller {
  const bearer = /^Bearer (.+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  if (keyHashes.length > 0) {
    const hash = bearer === undefined ? undefined : digest(bearer);
    // every key is compared, so that the time tells nothing of which one nearly fits
    const found = keyHashes.filter((known) => hash !== undefined && sameDigest(known, hash));
    if (!found[0]) throw new ToileError('unauthorized', 'a key is needed: Authorization: Bearer <key>');
    return { tenant: found[0].slice(0, 16) };
  }
  const host = headers.get('host') ?? '';
  checkLocal(host);
  const origin = headers.get('origin');
  if (origin === null || isOwnOrigin(origin, host)) return { tenant: LOCAL_TENANT };
  if (origin === 'null' && bearer !== undefined && sameDigest(digest(bearer), digest(token))) {
    return { tenant: LOCAL_TENANT };
  }
  const way = origin === 'null' ? 'the token that the start printed is needed' : "only the server's own page may ask";
  throw new ToileError('forbidden_origin', `a page of origin '${origin}' may not ask: ${way}`);
}

/**
 * The page at `/` holds the token, so nobody but a browser's window at this machine's own address may read it: not a page
 * from elsewhere whose name leads here, and not one of origin `null`.
 * @throws ToileError `forbidden_origin`
 */
export function checkPageAccess(headers: Headers, { keyHashes }: AccessOptions): void {
  const host = headers.get('host') ?? '';
  if (keyHashes.length === 0) checkLocal(host);
  const origin = headers.get('origin');
  if (origin === null || isOwnOrigin(origin, host)) return;
  throw new ToileError('forbidden_origin', `a page of origin '${origin}' may not read this one`);
}

/** Origins that a browser may tell the answer to. Anybody can be `null`, which is why it takes a bearer. */
export function allowedOrigin(origin: string, host: string): string | undefined {
  return origin === 'null' || isOwnOrigin(origin, host) ? origin : undefined;
}

function isOwnOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

function checkLocal(host: string): void {
  if (/^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host)) return;
  throw new ToileError('forbidden_origin', `Host '${host}' is not this machine; use localhost or 127.0.0.1`);
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function sameDigest(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));
}
