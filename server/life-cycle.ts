/** How a process ends: in order on a signal or when it is of no more use, at once on a second signal. */
import type { Server } from 'node:http';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

export type LifeCycleOptions = {
  log: Pick<Logger, 'info' | 'warn'>;
  /** Lets go of everything that was opened, jobs under way first. */
  close: () => Promise<void>;
  /** Ends the process at once; its code is the process's own where none is given. */
  exit?: (code?: number) => void;
  /** Says why, to whoever started it. */
  complain?: (reason: string) => void;
  /** Milliseconds from any start. */
  now?: () => number;
};

export type LifeCycle = {
  /** True from the moment it shuts down. */
  closing(): boolean;
  onSignal(signal: NodeJS.Signals): Promise<void>;
  /** For what no waiting helps: a supervisor shall start it anew, or a person look after it. */
  fail(error: Error): Promise<void>;
};

/** Whatever still holds a process after all was closed holds it no longer than this. */
const HELD_MS = 1000;
/** A terminal's Ctrl+C comes twice where npm passes it on: told so soon again is told once. */
const ECHO_MS = 500;
/** Requests under way when the server closes: an upload, a picture on its way. */
const REQUESTS_MS = 5000;

export function createLifeCycle({
  log,
  close,
  exit = (code) => process.exit(code),
  complain = (reason) => process.stderr.write(`toile: ${reason}\n`),
  now = () => performance.now(),
}: LifeCycleOptions): LifeCycle {
  let ended: Promise<void> | undefined;
  let endedAt = 0;

  async function end(): Promise<void> {
    endedAt = now();
    await close().catch((err: unknown) => {
      log.warn({ err }, 'not everything was closed in order');
      process.exitCode = 1;
    });
    log.info('bye');
    void endSoon(exit);
  }

  return {
    closing: () => ended !== undefined,
    async onSignal(signal) {
      if (ended && now() - endedAt < ECHO_MS) return;
      if (ended) {
        log.warn({ signal }, 'ending at once');
        return exit(128 + os.constants.signals[signal]);
      }
      log.info({ signal }, 'shutting down');
      await (ended = end());
    },
    async fail(error) {
      if (ended) return;
      complain(error.message);
      process.exitCode = 1;
      await (ended = end());
    },
  };
}

/** Ends the process, should anything still hold it. */
export async function endSoon(exit: (code?: number) => void = (code) => process.exit(code)): Promise<void> {
  await delay(HELD_MS, undefined, { ref: false });
  exit();
}

/** Takes no more connections and lets the requests under way end. */
export async function closeServer(server: Server, requestsMs: number = REQUESTS_MS): Promise<void> {
  const closed = new Promise<true>((resolve) => server.close(() => resolve(true)));
  for (let waitedMs = 0; waitedMs < requestsMs; waitedMs += 50) {
    // a caller that keeps its connection would keep it after its answer too
    server.closeIdleConnections();
    if (await Promise.race([closed, delay(50, false)])) return;
  }
  server.closeAllConnections();
}
