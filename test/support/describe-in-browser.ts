/** Suites that look at the playground in a browser, with the built server behind it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { aBrowser, launchBrowser } from './browser.js';
import { describeNeeding } from './needs.js';
import { openPlayground, type Playground, type PlaygroundOptions } from './playground.js';
import { startServer, type Server } from './server.js';

/** For opening a playground, which is slow on a busy machine. Milliseconds. */
export const OPENING = 120_000;
/** A browser and a server, up before a suite's first test and gone after its last. */
export type Stage = {
  readonly server: Server;
  /** Until it is closed, or the suite is over. */
  open(options?: PlaygroundOptions): Promise<Playground>;
};

/** As `describe`, for tests that need a browser. */
export function describeInBrowser(name: string, tests: (stage: Stage) => void): void {
  describeNeeding(aBrowser, name, () => {
    // either may be missing where the start failed
    let browser: Browser | undefined;
    let server: Server | undefined;
    const up = <Part>(part: Part | undefined): Part => {
      if (part === undefined) throw new Error('the suite has not begun');
      return part;
    };
    beforeAll(async () => {
      browser = await launchBrowser();
      server = await startServer();
    }, 120_000);
    afterAll(() => Promise.all([browser?.close(), server?.close()]));
    tests({
      get server() {
        return up(server);
      },
      open: (options) => openPlayground(up(browser), up(server).origin, options),
    });
  });
}
