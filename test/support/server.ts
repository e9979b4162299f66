/** The built server with the shipped model, as `npm start` runs it, on a free port of this machine and a store of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { OPEN_READY, startMain } from './main-process.js';
import { findPort, kill } from './processes.js';

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

/** @param settings beside its port and store */
export async function startServer(settings: Record<string, string> = {}): Promise<Server> {
  const store = await mkdtemp(path.join(os.tmpdir(), 'toile-e2e-'));
  const port = await findPort();
  const origin = `http://localhost:${port}`;
  const place = { HOST: '127.0.0.1', PORT: String(port), TOILE_STORE: `file:${store}` };
  const start = () => startMain({ env: { ...place, LOG_LEVEL: 'warn', ...settings }, ready: OPEN_READY });
  let running = await start();
  return {
    origin,
    get token() {
      const [, token = ''] = running.words;
      return token;
    },
    async ask(route) {
      const response = await fetch(`${origin}${route}`);
      return response.json();
    },
    kill: () => kill(running.child),
    async restart() {
      await kill(running.child);
      running = await start();
    },
    async close() {
      await kill(running.child);
      await rm(store, { recursive: true, force: true });
    },
  };
}
