/** The built server with the shipped model, as `npm start` runs it, on a free port of this machine and a store of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findPort, hasEnded, kill } from './processes.js';
import { root } from './root.js';

export type Server = {
  readonly origin: string;
  /** What the start printed, for pages of origin `null`. */
  readonly token: string;
  /** Asks as a local program would, and reads JSON. */
  ask(route: string): Promise<unknown>;
  /** Ends the process as a crash would, without a word to anybody. */
  kill(): Promise<void>;
  /** Ends what still runs, then starts anew on the same port and store. */
  restart(): Promise<void>;
  /** Ends it and removes its files. */
  close(): Promise<void>;
};

const READY_MS = 90_000;

export async function startServer(): Promise<Server> {
  const store = await mkdtemp(path.join(os.tmpdir(), 'toile-e2e-'));
  const port = await findPort();
  const origin = `http://localhost:${port}`;
  let running = await startProcess(port, store);
  return {
    origin,
    get token() {
      return running.token;
    },
    async ask(route) {
      const response = await fetch(`${origin}${route}`);
      return response.json();
    },
    kill: () => kill(running.child),
    async restart() {
      await kill(running.child);
      running = await startProcess(port, store);
    },
    async close() {
      await kill(running.child);
      await rm(store, { recursive: true, force: true });
    },
  };
}

async function startProcess(port: number, store: string): Promise<{ child: ChildProcess; token: string }> {
  // whatever this shell has set for another server
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('TOILE_'));
  const env = {
    ...Object.fromEntries(inherited),
    HOST: '127.0.0.1',
    PORT: String(port),
    TOILE_STORE: `file:${store}`,
    LOG_LEVEL: 'warn',
  };
  const child = spawn(process.execPath, [path.join(root, 'dist', 'server', 'main.js')], { env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
  const ready = async () => {
    while (!/plugin token \w+\)/.test(said)) {
      await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
      if (hasEnded(child)) throw new Error(`the server ended: ${said}`);
    }
  };
  const tooLate = AbortSignal.timeout(READY_MS);
  await Promise.race([ready(), once(tooLate, 'abort')]);
  const token = /plugin token (\w+)\)/.exec(said)?.[1];
  if (token === undefined) {
    await kill(child);
    throw new Error(`the server was not ready after ${READY_MS} ms: ${said}`);
  }
  return { child, token };
}
