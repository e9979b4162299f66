/** The built server as a process: how it fails, stops and starts again. */
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jobView, type JobView } from '../../shared/index.js';
import { addKey } from '../../server/keys.js';
import { createFileStore } from '../../server/store/file-store.js';
import { API_READY, startMain, type MainProcess } from '../support/main-process.js';
import { kill } from '../support/processes.js';
import { root } from '../support/root.js';
import { tinyBundleSettings } from '../support/tiny-bundle.js';

const running: MainProcess[] = [];
let store: string;

beforeEach(async () => {
  store = await mkdtemp(path.join(os.tmpdir(), 'toile-main-'));
});

afterEach(async () => {
  for (const { child } of running.splice(0)) await kill(child);
  await rm(store, { recursive: true, force: true });
});

const settings = () => ({ ...tinyBundleSettings(), PORT: '0', TOILE_STORE: `file:${store}`, LOG_LEVEL: 'info' });

async function start(env: Record<string, string> = {}) {
  const main = await startMain({ env: { ...settings(), ...env }, ready: API_READY });
  running.push(main);
  const [origin = ''] = main.words;
  return { ...main, origin };
}

/** Ends by itself, and says with what. */
async function endOf({ child }: Pick<MainProcess, 'child'>): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** A start that fails. */
async function failToStart(env: Record<string, string>) {
  const child = spawn(process.execPath, [path.join(root, 'dist', 'server', 'main.js')], {
    env: { ...process.env, ...settings(), ...env },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const since = performance.now();
  await once(child, 'close');
  return { code: child.exitCode, stderr, seconds: (performance.now() - since) / 1000 };
}

async function submit(origin: string, request: object): Promise<JobView> {
  const response = await fetch(`${origin}/v1/generations`, { method: 'POST', body: JSON.stringify(request) });
  expect(response.status).toBe(202);
  return jobView.parse(await response.json());
}

const look = async (origin: string, { id }: JobView) =>
  jobView.parse(await (await fetch(`${origin}/v1/generations/${id}`)).json());

/** More passes than any test waits for. */
const endless = { variants: 8, passes: 32, candidates: 4, seed: 1 };

const waitFor = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 50 });

describe('a start that cannot succeed', () => {
  it.each([
    ['an unknown bundle', { TOILE_BUNDLE: 'none' }, /^toile: .*'none'/],
    ['a bundle other than the one that was meant', { TOILE_BUNDLE_SHA256: '0'.repeat(64) }, /^toile: .*0{64}/],
    [
      'a store in the place of a file',
      { TOILE_STORE: `file:${path.join(root, 'package.json')}` },
      /^toile: .*(EEXIST|ENOTDIR)/,
    ],
  ])('ends soon with 1 and the reason: %s', async (_, env, reason) => {
    const { code, stderr, seconds } = await failToStart(env);
    expect(stderr).toMatch(reason);
    expect(code).toBe(1);
    expect(seconds).toBeLessThan(30);
  });

  it('ends soon with 1 and the reason: a port that is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' && address ? String(address.port) : '';
    const { code, stderr } = await failToStart({ PORT: port });
    holder.close();
    expect(stderr).toMatch(new RegExp(`^toile: PORT=${port} .*EADDRINUSE`));
    expect(code).toBe(1);
  });
});

describe('a start over jobs of earlier runs', () => {
  it('answers for each of them before all are read', async () => {
    const main = await start();
    const job = await submit(main.origin, endless);
    main.child.kill('SIGKILL');
    await endOf(main);
    // a record that takes as long to be read as it takes somebody to write it
    const slow = path.join(store, 'jobs', `${randomUUID()}.json`);
    execFileSync('mkfifo', [slow]);
    const { origin } = await start();
    expect(await look(origin, job)).toMatchObject({ state: 'queued', progress: 0 });
    await writeFile(slow, '{}');
    await waitFor(async () => expect(await look(origin, job)).toMatchObject({ state: 'running' }));
  });
});

describe('an engine that dies', () => {
  it('is started again, and counted', async () => {
    const { origin, child } = await start();
    killChildrenOf(child.pid);
    await waitFor(async () => {
      expect(await (await fetch(`${origin}/metrics`)).text()).toMatch(/^toile_engine_restarts_total 1$/m);
    });
    const job = await submit(origin, { passes: 1 });
    await waitFor(async () => expect(await look(origin, job)).toMatchObject({ state: 'done' }));
  });
});

describe('an engine that cannot be started again', () => {
  it('ends the process with 1 and the reason, and leaves its jobs to the next start', async () => {
    const folder = path.join(store, 'bundle');
    await cp(path.join(root, 'test', 'fixtures', 'tiny-bundle'), folder, { recursive: true });
    const main = await start({ TOILE_BUNDLE: folder });
    const job = await submit(main.origin, { ...endless });
    await waitFor(async () => expect((await look(main.origin, job)).progress).toBeGreaterThan(0));
    await rename(path.join(folder, 'weights.bin'), path.join(folder, 'weights.gone'));
    killChildrenOf(main.child.pid);
    expect(await endOf(main)).toBe(1);
    expect(main.said()).toMatch(/^toile: .*weights\.bin/m);
    await rename(path.join(folder, 'weights.gone'), path.join(folder, 'weights.bin'));
    const { origin } = await start({ TOILE_BUNDLE: folder });
    await waitFor(async () => expect(await look(origin, job)).toMatchObject({ state: 'running' }));
  });
});

describe('a server that is told to stop', () => {
  it('ends with 0, and has its waiting jobs finished by the next start', async () => {
    const main = await start();
    const request = { variants: 6, passes: 16, seed: 7 };
    const jobs = await Promise.all(Array.from({ length: 8 }, () => submit(main.origin, request)));
    await waitFor(async () => expect((await look(main.origin, jobs[0]!)).progress).toBeGreaterThan(0));
    main.child.kill('SIGTERM');
    expect(await endOf(main)).toBe(0);
    expect(main.said()).toMatch(/"msg":"bye"/);
    const kept = await Promise.all(jobs.map(({ id }) => createFileStore(store).get(`jobs/${id}.json`)));
    expect(kept.filter((bytes) => JSON.parse(String(bytes)).view.state === 'queued')).not.toEqual([]);
    const { origin } = await start();
    await waitFor(async () => {
      for (const job of jobs) expect(await look(origin, job)).toMatchObject({ state: 'done', progress: 1 });
    });
  });

  it('meanwhile answers for its jobs, is not ready and takes no more, and ends at once when told again', async () => {
    const { child, origin, said } = await start();
    const job = await submit(origin, endless);
    child.kill('SIGTERM');
    await waitFor(async () => expect((await fetch(`${origin}/readyz`)).status).toBe(503));
    const refused = await fetch(`${origin}/v1/generations`, { method: 'POST', body: '{}' });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await refused.json()).toMatchObject({ error: { code: 'shutting_down' } });
    expect((await look(origin, job)).state).toBe('running');
    await delay(600);
    const since = performance.now();
    child.kill('SIGTERM');
    expect(await endOf({ child })).toBe(143);
    // the jobs under way would have twenty seconds
    expect(performance.now() - since).toBeLessThan(15_000);
    expect(said()).toMatch(/ending at once/);
  });
});

describe('the log', () => {
  it('holds no key, whatever is logged and however it was sent', async () => {
    const { key } = await addKey(createFileStore(store), { name: 'studio' });
    const { origin, said } = await start({ LOG_LEVEL: 'trace' });
    const wrong = `${key.slice(0, -4)}AAAA`;
    const asked = [
      [`/v1/models`, `Bearer ${key}`],
      [`/v1/models`, `Bearer ${wrong}`],
      [`/v1/models?key=${key}`, `Basic ${key}`],
      [`/v1/generations/${'x'.repeat(9)}`, `Bearer ${key}`],
      ['/metrics', `Bearer ${key}`],
    ] as const;
    const statuses = [];
    for (const [route, authorization] of asked) {
      statuses.push((await fetch(origin + route, { headers: { authorization } })).status);
    }
    expect(statuses).toEqual([200, 401, 401, 404, 200]);
    await waitFor(async () => expect(said()).toMatch(/"path":"\/metrics"/));
    expect(said()).toMatch(/"path":"\/v1\/models"/);
    for (const secret of [key, wrong]) expect(said()).not.toContain(secret.slice('toile_'.length, -4));
    expect(said()).not.toMatch(/authorization/i);
  });
});

/** As a crash of the engine would: the process beside the server is gone. */
function killChildrenOf(pid: number | undefined): void {
  const listed = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = listed.map((line) => line.trim().split(/\s+/).map(Number));
  for (const [child = 0, parent] of pairs) if (parent === pid) process.kill(child, 'SIGKILL');
}
