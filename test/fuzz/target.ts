/** The server under fire: the built one, on the tiny bundle, in a folder whose surroundings are watched. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { addKey } from '../../server/keys.js';
import { createFileStore } from '../../server/store/file-store.js';
import { storeKey } from '../../server/store/store.js';
import { startMain, API_READY, OPEN_READY } from '../support/main-process.js';
import { makePhoto } from '../support/pictures.js';
import { findPort, hasEnded, kill } from '../support/processes.js';
import { root } from '../support/root.js';
import { tinyBundleSettings } from '../support/tiny-bundle.js';
import type { Known } from './arbitrary-shot.js';
import type { Secrets } from './judge.js';

export type Target = {
  name: string;
  port: number;
  known: Known;
  secrets: Secrets;
  /** What can be read by whoever gets out of the store. */
  bait: string;
  /** Ends a job that was taken in, so that the engine stays free. */
  cancel(id: string): Promise<void>;
  /** Milliseconds until it says that it is alive. @throws where it doesn't within a second */
  checkHealth(): Promise<number>;
  /** What it did to files that it shouldn't have, and what it has complained of. */
  inspect(): Promise<string[]>;
  close(): Promise<void>;
};

const HEALTH_MS = 10_000;
const asset = z.object({ id: z.string() });

/** @param keyed whether callers need keys; where they don't, whoever is on this machine may ask */
export async function startTarget({ keyed }: { keyed: boolean }): Promise<Target> {
  const area = await mkdtemp(path.join(os.tmpdir(), 'toile-fuzz-'));
  const folder = (name: string) => path.join(area, name);
  for (const name of ['store', 'next', 'home', 'tmp']) await mkdir(folder(name));
  const bait = `bait-${randomUUID()}`;
  await writeFile(path.join(folder('next'), 'secret.txt'), bait);
  const store = createFileStore(folder('store'));
  const newKey = async (name: string) => (keyed ? (await addKey(store, { name, active: 1000 })).key : 'none');
  const [key, otherKey] = [await newKey('one'), await newKey('other')];
  const port = await findPort();
  const env = {
    ...tinyBundleSettings(),
    HOST: '127.0.0.1',
    PORT: String(port),
    TOILE_STORE: `file:${folder('store')}`,
    LOG_LEVEL: 'warn',
    HOME: folder('home'),
    TMPDIR: folder('tmp'),
  };
  const { child, words, said } = await startMain({ env, ready: keyed ? API_READY : OPEN_READY });
  const close = async () => {
    await kill(child);
    await rm(area, { recursive: true, force: true });
  };
  const [, token] = words;
  const saidAtFirst = said().length;
  const origin = `http://127.0.0.1:${port}`;
  const as = (bearer: string): Record<string, string> => (keyed ? { authorization: `Bearer ${bearer}` } : {});

  async function keep(bearer: string, seed: number): Promise<string> {
    const body = new Blob([await makePhoto(64, 64, seed)]);
    const answer = await fetch(`${origin}/v1/assets`, { method: 'POST', body, headers: as(bearer) });
    return asset.parse(await answer.json()).id;
  }
  async function make(bearer: string): Promise<string> {
    const body = JSON.stringify({ prompt: 'red t-shirt', passes: 1, seed: 1 });
    const answer = await fetch(`${origin}/v1/generations`, { method: 'POST', body, headers: as(bearer) });
    const { id } = asset.parse(await answer.json());
    await (await fetch(`${origin}/v1/generations/${id}/events`, { headers: as(bearer) })).text();
    return id;
  }
  const paths = z
    .object({ paths: z.record(z.string(), z.unknown()) })
    .parse(await (await fetch(`${origin}/openapi.json`)).json());
  const unlisted = [
    '/',
    '/openapi.json',
    '/plugin/ui.html',
    '/plugin/main.js',
    '/playground/playground.js',
    '/playground/playground.css',
  ];

  const known: Known = {
    host: `localhost:${port}`,
    routes: [...Object.keys(paths.paths), ...unlisted],
    ...(keyed ? { authorization: `Bearer ${key}`, otherAuthorization: `Bearer ${otherKey}` } : {}),
    assets: [await keep(key, 1), await keep(key, 2), await keep(key, 3)],
    jobs: [await make(key)],
    // without keys there is one tenant alone, whose things are its own
    foreign: keyed ? [await keep(otherKey, 4), await make(otherKey)] : ['f'.repeat(32)],
  };
  const before = await list(area);

  return {
    name: keyed ? 'with keys' : 'without keys',
    port,
    known,
    bait,
    secrets: [
      ...(keyed
        ? [
            { name: 'a key', text: key },
            { name: "another's key", text: otherKey },
          ]
        : []),
      ...(token === undefined ? [] : [{ name: 'the token', text: token }]),
      { name: "the store's place", text: area },
      { name: "the program's place", text: root },
      { name: 'a file outside the store', text: bait },
    ],
    async cancel(id) {
      await fetch(`${origin}/v1/generations/${id}`, { method: 'DELETE', headers: as(key) });
    },
    async checkHealth() {
      const startedAt = performance.now();
      const answer = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(HEALTH_MS) });
      if (!answer.ok) throw new Error(`/healthz answers ${answer.status}`);
      await answer.text();
      return performance.now() - startedAt;
    },
    async inspect() {
      const wrong: string[] = [];
      if (hasEnded(child)) wrong.push(`the process ended with ${child.exitCode ?? child.signalCode}`);
      const complaints = said()
        .slice(saidAtFirst)
        .split('\n')
        .filter((line) => line !== '' && !isOrdinary(line));
      if (complaints.length > 0) wrong.push(`it complained: ${complaints.join('\n').slice(0, 2000)}`);
      const now = await list(area);
      for (const [file, content] of now) {
        if (file.startsWith('store/')) {
          const key = file.slice('store/'.length);
          if (!storeKey.test(key) && key !== 'token') wrong.push(`the store holds ${file}, which is none of its keys`);
        } else if (before.get(file) !== content) wrong.push(`${file} was made or changed`);
      }
      const gone = [...before.keys()].filter((file) => !file.startsWith('store/') && !now.has(file));
      for (const file of gone) wrong.push(`${file} is gone`);
      return wrong;
    },
    close,
  };
}

/** Whether a line of the log tells of a job that could not be done as it was asked for. */
function isOrdinary(line: string): boolean {
  return /^\{"level":40,.*"code":"(invalid_|image_too_large|cancelled).*"msg":"generation did not finish"/.test(line);
}

/** Files by their path, with their contents where those may not change: files in the store come and go. */
async function list(area: string): Promise<Map<string, string>> {
  const entries = await readdir(area, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => path.join(entry.parentPath, entry.name));
  const named = files.map((file) => path.relative(area, file).split(path.sep).join('/'));
  return new Map(
    await Promise.all(
      named.map(async (name) => {
        const content = name.startsWith('store/') ? '' : await readFile(path.join(area, name), 'utf8');
        return [name, content] as const;
      }),
    ),
  );
}
