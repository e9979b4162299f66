/** Chromium for the end-to-end tests: one that is on the machine, driven by playwright-core, which brings none. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

// not TOILE_…: the server refuses settings of that name which it doesn't know
const { CHROMIUM_PATH } = process.env;
const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = (CHROMIUM_PATH ? [CHROMIUM_PATH] : usual).find((file) => existsSync(file));

export const aBrowser = {
  here: executablePath !== undefined,
  advice: CHROMIUM_PATH
    ? `CHROMIUM_PATH=${CHROMIUM_PATH} is no file`
    : 'no Chromium found: install one (apt-get install chromium), or set CHROMIUM_PATH to where it is',
};

export async function launchBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(aBrowser.advice);
  // Chromium's own sandbox does not work for root, which is who containers run as
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args, timeout: 90_000 });
}
