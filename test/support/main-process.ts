/** The built server as a process of its own, whole or as one of its halves, with the settings a caller names and no others. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { hasEnded, kill } from './processes.js';
import { root } from './root.js';

export type MainProcess = {
  readonly child: ChildProcess;
  /** What the words that say it is ready held, by the groups of their pattern. */
  readonly words: readonly string[];
  /** The newest of what it has printed so far. */
  said(): string;
};

export type MainOptions = {
  role?: 'all' | 'api' | 'worker';
  env: Record<string, string>;
  /** How a start that went well ends. */
  ready: RegExp;
};

/** With its address. */
export const API_READY = /Toile is at (\S+)/;
/** With its address and its token. */
export const OPEN_READY = /Toile is at (\S+) \(plugin token (\w+)\)/;
export const WORKER_READY = /worker is ready/;

const READY_MS = 90_000;
const KEPT_CHARACTERS = 100_000;

/** Resolves once it is ready. @throws Error with what it printed instead */
export async function startMain({ role = 'all', env, ready }: MainOptions): Promise<MainProcess> {
  // whatever this shell has set for another server
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('TOILE_'));
  const file = path.join(root, 'dist', 'server', 'main.js');
  const child = spawn(process.execPath, [file, role], { env: { ...Object.fromEntries(inherited), ...env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-KEPT_CHARACTERS)));
  }
  const untilReady = async () => {
    for (let found = ready.exec(said); ; found = ready.exec(said)) {
      if (found) return found.slice(1);
      await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
      if (hasEnded(child)) throw new Error(`the server ended: ${said}`);
    }
  };
  const tooLate = AbortSignal.timeout(READY_MS);
  const words = await Promise.race([untilReady(), once(tooLate, 'abort').then(() => undefined)]);
  if (words) return { child, words, said: () => said };
  await kill(child);
  throw new Error(`the server was not ready after ${READY_MS} ms: ${said}`);
}
