/** A process's connections to Redis or Valkey: one for commands, one that hears. What fails in between is `queue_unreachable`. */
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { ToileError } from '../../shared/index.js';

export type RedisLinkOptions = {
  /** Such as redis://host:6379 or, encrypted, rediss://user:password@host:6379/1 */
  url: string;
  /** First part of every key and channel: two installations may share a server. */
  prefix?: string;
  /** How long a caller waits for an answer. */
  patienceMs?: number;
  onError?: (error: unknown) => void;
};

export type RedisLink = ReturnType<typeof openRedis>;

/** Silence after which a connection with questions open is taken for dead; blocking reads last 5 s. */
const SILENCE_MS = 15_000;

export function openRedis({ url, prefix = 'toile', patienceMs = 3000, onError = () => undefined }: RedisLinkOptions) {
  const retryStrategy = (times: number) => Math.min(100 * times, 1000);
  // workers wait for as long as it takes; callers' patience is `reach`
  const commands = new Redis(url, { maxRetriesPerRequest: null, retryStrategy, socketTimeout: SILENCE_MS });
  const hearing = commands.duplicate();
  const heard = new EventEmitter().setMaxListeners(0);
  hearing.on('message', (channel: string, id: string) => heard.emit(channel, id));
  let complained = false;
  for (const connection of [commands, hearing]) {
    connection.on('error', (error) => {
      // once a loss, not once a try
      if (!complained) onError(error);
      complained = true;
    });
  }
  commands.on('ready', () => (complained = false));

  async function ready(signal: AbortSignal): Promise<void> {
    // what would wait in line here could run after its caller was told that it failed
    while (commands.status !== 'ready') await delay(20, undefined, { signal });
  }

  return {
    commands,
    /** In braces, so that a cluster keeps all of it on one node. */
    prefix: `{${prefix}}`,
    key: (...parts: string[]) => [`{${prefix}}`, ...parts].join(':'),
    /** @throws ToileError `queue_unreachable` where no answer comes in time */
    async reach<T>(ask: () => Promise<T>): Promise<T> {
      const tooLate = new AbortController();
      const timer = setTimeout(() => tooLate.abort(new Error(`no answer in ${patienceMs} ms`)), patienceMs);
      const late = new Promise<never>((_, reject) => {
        tooLate.signal.addEventListener('abort', () => reject(tooLate.signal.reason));
      });
      try {
        return await Promise.race([ready(tooLate.signal).then(ask), late]);
      } catch (cause) {
        // what was kept there and can't be read is no matter of the connection
        if (cause instanceof ToileError || cause instanceof z.ZodError) throw cause;
        throw new ToileError('queue_unreachable', 'the queue does not answer; try again in a moment', { cause });
      } finally {
        clearTimeout(timer);
      }
    },
    /** Calls back with each id that is told on a channel; gives what ends it. Words said while Redis is away are lost. */
    hear(channel: string, listener: (id: string) => void): () => void {
      const name = `{${prefix}}:${channel}`;
      if (heard.listenerCount(name) === 0) void hearing.subscribe(name).catch(onError);
      heard.on(name, listener);
      return () => void heard.off(name, listener);
    },
    close(): void {
      for (const connection of [commands, hearing]) connection.disconnect();
    },
  };
}
