/** Programs that tests start beside themselves: ports for them, and their end. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below those that a system hands out by itself, of which another program may be given one before it is used here. */
const [LOWEST, COUNT] = [20_000, 12_000];

/** Ports that were free a moment ago, no two alike: all are held until the last is known. A restart needs to know them. */
export async function findPorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  while (held.size < count) {
    const port = LOWEST + Math.floor(Math.random() * COUNT);
    const holder = await hold(port);
    if (holder) held.set(port, holder);
  }
  await Promise.all([...held.values()].map((holder) => once(holder.close(), 'close')));
  return [...held.keys()];
}

/** Undefined where somebody has it. */
async function hold(port: number): Promise<Server | undefined> {
  const holder = createServer().listen(port, '127.0.0.1');
  try {
    await once(holder, 'listening');
    return holder;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE') return undefined;
    throw thrown;
  }
}

export async function findPort(): Promise<number> {
  const [port = 0] = await findPorts(1);
  return port;
}

export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Ends it as a crash would, without a word to anybody, and waits until it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

type Closable = { close(): Promise<void> };

/** Waits for parts that start side by side. Where one can't be started, the others are closed again. @throws what it threw */
export async function startTogether<A extends Closable, B extends Closable>(
  starting: readonly [Promise<A>, Promise<B>],
): Promise<[A, B]> {
  const ends = await Promise.allSettled(starting);
  if (ends.some(({ status }) => status === 'rejected')) {
    await Promise.all(ends.map((end) => (end.status === 'fulfilled' ? end.value.close() : undefined)));
  }
  return Promise.all(starting);
}
