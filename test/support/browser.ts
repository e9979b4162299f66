/**
 * Chromium for the end-to-end tests: one that is on the machine, driven by playwright-core, which brings none. Without one
 * these tests are skipped, saying how to get it; where `CI` is set they fail, since there nothing may be left out.
 */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { describe, it } from 'vitest';

// not TOILE_…: the server refuses settings of that name which it doesn't know
const { CHROMIUM_PATH, CI } = process.env;
const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = (CHROMIUM_PATH ? [CHROMIUM_PATH] : usual).find((file) => existsSync(file));
const advice = CHROMIUM_PATH
  ? `CHROMIUM_PATH=${CHROMIUM_PATH} is no file`
  : 'no Chromium found: install one (apt-get install chromium), or set CHROMIUM_PATH to where it is';

/** As `describe`, for tests that need a browser. */
export function describeInBrowser(name: string, tests: () => void): void {
  // on a busy machine a click may come before what it is meant for: what fails twice fails
  if (executablePath) return void describe(name, { retry: 1 }, tests);
  if (!CI) {
    // the usual reporter only counts what is skipped
    process.stderr.write(`skipped: ${name}: ${advice}\n`);
    return void describe.skip(`${name} (${advice})`, tests);
  }
  describe(name, () => {
    it('has a browser', () => {
      throw new Error(advice);
    });
  });
}

export async function launchBrowser(): Promise<Browser> {
  if (!executablePath) throw new Error(advice);
  // Chromium's own sandbox does not work for root, which is who containers run as
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args, timeout: 90_000 });
}
