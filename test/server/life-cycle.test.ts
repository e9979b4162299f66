import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { closeServer, createLifeCycle } from '../../server/life-cycle.js';

const log = { info: () => undefined, warn: () => undefined };

function live(close: () => Promise<void>) {
  const [exit, complain] = [vi.fn<(code?: number) => void>(), vi.fn<(reason: string) => void>()];
  const clock = { at: 0 };
  const life = createLifeCycle({ log, close, exit, complain, now: () => clock.at });
  return { exit, complain, clock, life };
}

describe('a process', () => {
  const exitCode = process.exitCode;
  afterEach(() => {
    process.exitCode = exitCode;
  });

  it('closes once on a signal, and ends with no code of its own', async () => {
    const close = vi.fn(async () => delay(20));
    const { life, exit, complain } = live(close);
    expect(life.closing()).toBe(false);
    const ended = life.onSignal('SIGTERM');
    expect(life.closing()).toBe(true);
    await ended;
    expect(close).toHaveBeenCalledOnce();
    expect(complain).not.toHaveBeenCalled();
    // whatever holds it after that
    await vi.waitFor(() => expect(exit).toHaveBeenCalledExactlyOnceWith(), 30_000);
    expect(process.exitCode).toBe(exitCode);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends at once on a second signal, %s, however long closing takes', async (signal, code) => {
    const { life, exit, clock } = live(() => new Promise(() => undefined));
    void life.onSignal('SIGTERM');
    clock.at = 600;
    void life.onSignal(signal);
    expect(exit).toHaveBeenCalledExactlyOnceWith(code);
  });

  it('takes a signal that comes twice at once for one', async () => {
    const { life, exit, clock } = live(() => new Promise(() => undefined));
    void life.onSignal('SIGINT');
    clock.at = 100;
    void life.onSignal('SIGINT');
    expect(exit).not.toHaveBeenCalled();
  });

  it('closes, says why and ends with 1 when it is of no more use', async () => {
    const close = vi.fn(async () => undefined);
    const { life, complain } = live(close);
    await life.fail(new Error('the engine is lost'));
    expect(close).toHaveBeenCalledOnce();
    expect(complain).toHaveBeenCalledExactlyOnceWith('the engine is lost');
    expect(process.exitCode).toBe(1);
  });

  it('complains of nothing that comes of its closing', async () => {
    const { life, complain } = live(async () => undefined);
    await life.onSignal('SIGTERM');
    await life.fail(new Error('the engine is gone'));
    expect(complain).not.toHaveBeenCalled();
    expect(process.exitCode).toBe(exitCode);
  });

  it('ends with 1 where not everything could be closed', async () => {
    const { life } = live(() => Promise.reject(new Error('no room left')));
    await life.onSignal('SIGTERM');
    expect(process.exitCode).toBe(1);
  });
});

describe('a server that closes', () => {
  let server: Server;
  let answer: () => void;

  beforeEach(async () => {
    server = createServer((request, response) => {
      if (request.url === '/soon') response.end('soon');
      else answer = () => response.end('late');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => server.closeAllConnections());

  async function ask(path: string): Promise<string> {
    const { port } = server.address() as AddressInfo;
    const [response] = await once(get({ host: '127.0.0.1', port, path }), 'response');
    return (await response.toArray()).join('');
  }

  it('waits for no connection that is only kept', async () => {
    expect(await ask('/soon')).toBe('soon');
    const since = performance.now();
    await closeServer(server, 30_000);
    expect(performance.now() - since).toBeLessThan(15_000);
  });

  it('lets a request under way end', async () => {
    const asked = ask('/late');
    await once(server, 'request');
    const closed = closeServer(server, 30_000);
    await delay(200);
    answer();
    expect(await asked).toBe('late');
    await closed;
    expect(server.listening).toBe(false);
  });

  it('cuts one off that takes too long', async () => {
    const asked = expect(ask('/late')).rejects.toThrow(/hang up/);
    await once(server, 'request');
    await closeServer(server, 200);
    await asked;
  });
});
