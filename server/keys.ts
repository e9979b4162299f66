/** Callers' keys as the store keeps them: a record each under the hash of the key, which itself is kept nowhere. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { ToileError } from '../shared/index.js';
import type { Store } from './store/store.js';

const word = (what: string) =>
  z
    .string()
    .regex(
      /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
      `a ${what} is 1 to 40 small letters, digits and '-', which is no end of it`,
    );
const most = (high: number) => {
  const valid = `a whole number from 1 to ${high}`;
  return z.int(valid).min(1, valid).max(high, valid);
};

export const keyName = word('name');

export const keyLimits = z.object({
  /** The tenant's generations that may wait or run at once. */
  active: most(10_000).optional(),
  /** The tenant's generations a minute; absent: as many as there is room for. */
  perMinute: most(100_000).optional(),
});
export type KeyLimits = z.infer<typeof keyLimits>;

/** `active` of a key that was made without it. */
export const DEFAULT_ACTIVE = 50;

/** Keys of one tenant see each other's pictures and jobs, which are counted together: two that overlap are how a key is changed. */
export const keyRecord = z.object({
  name: keyName,
  tenant: word('tenant'),
  /** SHA-256 of the key, hexadecimal. */
  hash: z.string().regex(/^[a-f0-9]{64}$/),
  made: z.iso.datetime(),
  limits: keyLimits,
});
export type KeyRecord = z.infer<typeof keyRecord>;
export type NewKey = { name: string; tenant?: string | undefined } & KeyLimits;

/** Hears of a record that can't be read: it names the record's place, and shuts no other key out. */
export type OnDamaged = (error: unknown) => void;

export const KEYS_PREFIX = 'keys/';
const placeOf = (hash: string) => `${KEYS_PREFIX}${hash}.json`;

export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** In a time that tells nothing of where they differ. */
export function isSameHash(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));
}

/**
 * Makes a key, which is told here and never again.
 * @throws ToileError `invalid_request` naming the bad value and the valid ones, or where the name is taken
 */
export async function addKey(
  store: Store,
  { name, tenant = name, ...limits }: NewKey,
  { now = new Date(), onDamaged }: { now?: Date; onDamaged?: OnDamaged } = {},
) {
  const key = `toile_${randomBytes(32).toString('base64url')}`;
  const parsed = keyRecord.safeParse(
    { name, tenant, hash: hashKey(key), made: now.toISOString(), limits },
    { reportInput: true },
  );
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ message, input, path }) => `${path.map(String).at(-1)}: ${message}, not '${input}'`,
    );
    throw new ToileError('invalid_request', problems.join('. '));
  }
  const record = parsed.data;
  const { records: others, damaged } = await readKeys(store, onDamaged);
  if (others.some((other) => other.name === name)) {
    throw new ToileError('invalid_request', `there is a key '${name}' already; keys revoke ${name} ends it`);
  }
  await store.put(placeOf(record.hash), Buffer.from(JSON.stringify(record)));
  return { key, record, first: others.length === 0 && damaged === 0 };
}

/** All keys by name, and how many more can't be read. */
export async function readKeys(store: Store, onDamaged: OnDamaged = () => undefined) {
  const entries = await store.list(KEYS_PREFIX);
  let damaged = 0;
  const count = (error: unknown) => {
    damaged++;
    onDamaged(error);
  };
  const found = await Promise.all(entries.map((entry) => readKey(store, entry.key, count)));
  const records = found.filter((record) => record !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { records, damaged };
}

/**
 * @returns how many keys are left, those that can't be read among them
 * @throws ToileError `invalid_request` naming the keys that there are
 */
export async function revokeKey(store: Store, name: string, onDamaged?: OnDamaged): Promise<number> {
  const { records: all, damaged } = await readKeys(store, onDamaged);
  const named = all.filter((record) => record.name === name);
  if (named.length === 0) {
    const known = all.length > 0 ? `there are ${all.map((record) => record.name).join(', ')}` : 'there is none';
    throw new ToileError('invalid_request', `no key '${name}'; ${known}`);
  }
  await Promise.all(named.map(({ hash }) => store.delete(placeOf(hash))));
  return all.length + damaged - named.length;
}

/**
 * @returns undefined for one that was revoked meanwhile, or that can't be read
 * @throws what the store throws
 */
export async function readKey(store: Store, place: string, onDamaged: OnDamaged): Promise<KeyRecord | undefined> {
  const bytes = await store.get(place);
  if (!bytes) return undefined;
  try {
    const record = keyRecord.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    if (placeOf(record.hash) === place) return record;
    onDamaged(new ToileError('internal', `${place} in the store is the record of another key`));
  } catch (cause) {
    onDamaged(new ToileError('internal', `${place} in the store is no key's record`, { cause }));
  }
  return undefined;
}
