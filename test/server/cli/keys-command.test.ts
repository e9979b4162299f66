/** Keys as whoever runs a server makes and revokes them, while it runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { API_READY, startMain } from '../../support/main-process.js';
import { findPort, kill } from '../../support/processes.js';
import { root } from '../../support/root.js';
import { tinyBundleSettings } from '../../support/tiny-bundle.js';

let env: Record<string, string> = {};
beforeEach(async () => {
  env = { TOILE_STORE: `file:${await mkdtemp(path.join(os.tmpdir(), 'toile-keys-'))}` };
});

async function run(file: string, args: string[], settings = env) {
  const child = spawn(process.execPath, [path.join(root, 'dist', 'server', file), ...args], {
    env: { PATH: process.env.PATH, ...settings },
  });
  const found = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => (found.stdout += text));
  child.stderr.on('data', (text) => (found.stderr += text));
  const [code] = await once(child, 'close');
  return { code, ...found };
}
const toile = (...args: string[]) => run('cli.js', ['keys', ...args]);

describe('toile keys', () => {
  it('tells a key once, and lists what is known of it afterwards', async () => {
    expect((await toile('list')).stderr).toMatch(/no keys.*keys add NAME/);
    const added = await toile('add', 'studio', '--tenant', 'atelier', '--active', '5', '--per-minute', '30');
    expect(added.stdout).toMatch(/^toile_[\w-]{43}\n$/);
    expect(added.stderr).toMatch(/'studio' of tenant 'atelier'.*shown this once/);
    await toile('add', 'night');
    const { stdout } = await toile('list');
    const rows = stdout.trim().split('\n');
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 4))).toEqual([
      ['name', 'tenant', 'active', 'per minute'],
      ['night', 'night', '50', '-'],
      ['studio', 'atelier', '5', '30'],
    ]);
    expect(stdout).not.toContain(added.stdout.trim());
    expect((await toile('revoke', 'studio')).stderr).toMatch(/refuse it within 5 seconds\.\n$/);
    expect((await toile('revoke', 'night')).stderr).toMatch(/No key is left/);
  });

  it('names the place of a damaged record, and lists and revokes the others', async () => {
    await toile('add', 'studio');
    const place = `keys/${'0'.repeat(64)}.json`;
    await writeFile(path.join(env.TOILE_STORE!.slice('file:'.length), place), '{ half');
    for (const args of [['list'], ['add', 'night'], ['revoke', 'studio'], ['revoke', 'night'], ['list']]) {
      const { code, stderr } = await toile(...args);
      expect({ args, code }).toEqual({ args, code: 0 });
      expect(stderr).toContain(`Warning: ${place} in the store is no key's record`);
      expect(stderr).not.toMatch(/No key is left|There are no keys|the first/);
    }
  });

  it.each([
    [[], /no action; there are keys add NAME, keys list and keys revoke NAME/],
    [['remove', 'x'], /no 'keys remove'/],
    [['add'], /a name is needed first: keys add NAME/],
    [['add', '--tenant', 'x', 'studio'], /a name is needed first/],
    [['add', 'Studio'], /'Studio'/],
    [['add', 'studio', '--active', 'many'], /--active takes a number, got 'many'/],
    [['add', 'studio', '--limit', '3'], /--limit.*--tenant, --active, --per-minute/],
    [['list', 'all'], /'all'; there are no options/],
    [['revoke', 'x'], /no key 'x'; there is none/],
  ])('refuses %j with what is right', async (args, message) => {
    const { code, stderr, stdout } = await toile(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('a server that runs', () => {
  it('takes a new key within a second and a revoked one no more after five seconds, and shows neither in its log', async () => {
    const first = (await toile('add', 'first')).stdout.trim();
    const port = String(await findPort());
    const settings = { ...env, ...tinyBundleSettings(), PORT: port, LOG_LEVEL: 'trace' };
    const { child, words, said } = await startMain({ env: settings, ready: API_READY });
    const status = async (key?: string) => {
      const headers = new Headers(key === undefined ? {} : { authorization: `Bearer ${key}` });
      return (await fetch(`${words[0]}/v1/models`, { headers })).status;
    };
    try {
      expect(said()).not.toMatch(/token/);
      expect([await status(), await status('guess'), await status(first)]).toEqual([401, 401, 200]);
      const second = (await toile('add', 'second')).stdout.trim();
      await expect.poll(() => status(second), { timeout: 1500, interval: 100 }).toBe(200);
      await toile('revoke', 'first');
      await expect.poll(() => status(first), { timeout: 6000, interval: 200 }).toBe(401);
      expect(await status(second)).toBe(200);
      for (const key of [first, second]) expect(said()).not.toContain(key.slice(6));
    } finally {
      await kill(child);
    }
  });

  it('beyond this machine needs one, or does not start and says how to make it', async () => {
    const { code, stderr } = await run('main.js', [], { ...env, HOST: '0.0.0.0', PORT: String(await findPort()) });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^toile: HOST=0\.0\.0\.0 is reachable by others.*npm run toile -- keys add NAME/);
  });
});
