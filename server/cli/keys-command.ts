/** `toile keys`: makes, lists and revokes the keys of callers, in the store that the settings name. */
import { ToileError, toToileError } from '../../shared/index.js';
import { parseConfig } from '../config.js';
import { addKey, DEFAULT_ACTIVE, readKeys, revokeKey, type KeyRecord } from '../keys.js';
import { FRESH_MS } from '../known-keys.js';
import { openStore } from '../store/open-store.js';
import type { Store } from '../store/store.js';
import { readNumber, readOptions } from './options.js';

const addFlags = {
  tenant: { type: 'string' },
  active: { type: 'string' },
  'per-minute': { type: 'string' },
} as const;

const actions = new Map([
  ['add', add],
  ['list', list],
  ['revoke', revoke],
]);

export async function keysCommand([action = '', ...args]: string[]): Promise<void> {
  const act = actions.get(action);
  if (!act) {
    const known = 'keys add NAME, keys list and keys revoke NAME';
    throw new ToileError('invalid_request', `${action ? `no 'keys ${action}'` : 'no action'}; there are ${known}`);
  }
  await act(args);
}

/** The key alone goes to standard output, for a script to keep; what is to know of it goes beside. */
async function add(args: string[]): Promise<void> {
  const [name, rest] = takeName('add', args);
  const options = readOptions(rest, addFlags);
  const wanted = {
    name,
    tenant: options.tenant,
    active: readNumber('active', options.active),
    perMinute: readNumber('per-minute', options['per-minute']),
  };
  const { key, record, first } = await addKey(openOwnStore(), wanted, { onDamaged });
  process.stdout.write(`${key}\n`);
  note(`This is the key '${name}' of tenant '${record.tenant}'. It is shown this once and kept nowhere.`);
  if (first) note('It is the first: a server that was started without one asks for keys from its next start on.');
}

async function list(args: string[]): Promise<void> {
  readOptions(args, {});
  const { records, damaged } = await readKeys(openOwnStore(), onDamaged);
  if (records.length === 0 && damaged > 0) return note('There is no other key.');
  if (records.length === 0) return note('There are no keys; keys add NAME makes one.');
  process.stdout.write(layOut([['name', 'tenant', 'active', 'per minute', 'made'], ...records.map(describe)]));
}

async function revoke(args: string[]): Promise<void> {
  const [name, rest] = takeName('revoke', args);
  readOptions(rest, {});
  const left = await revokeKey(openOwnStore(), name, onDamaged);
  note(`The key '${name}' is revoked; servers refuse it within ${FRESH_MS / 1000} seconds.`);
  if (left === 0)
    note(
      'No key is left: servers that ask for keys let nobody in. After its next start one on loopback asks for none.',
    );
}

function takeName(action: string, [name, ...rest]: string[]): [string, string[]] {
  if (name !== undefined && !name.startsWith('-')) return [name, rest];
  throw new ToileError('invalid_request', `a name is needed first: keys ${action} NAME`);
}

function openOwnStore(): Store {
  return openStore(parseConfig(process.env).store, (error) => note(String(error)));
}

function onDamaged(error: unknown): void {
  note(`Warning: ${toToileError(error).message}. It lets nobody in; delete it there.`);
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

function describe({ name, tenant, limits, made }: KeyRecord): string[] {
  return [name, tenant, String(limits.active ?? DEFAULT_ACTIVE), String(limits.perMinute ?? '-'), made];
}

/** Rows of cells, each column as wide as its widest. */
function layOut(rows: string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
