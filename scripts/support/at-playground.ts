/** A browser's page and the real server for a script, both ended with it. What goes wrong is printed, and ends it with 1. */
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../test/support/browser.js';
import { startServer } from '../../test/support/server.js';

/** @param use gets a page on which nothing is open yet */
export async function atPlayground(use: (page: Page, origin: string) => Promise<void>): Promise<void> {
  const server = await startServer();
  let browser: Browser | undefined;
  try {
    browser = await launchBrowser();
    await use(await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' }), server.origin);
  } catch (thrown) {
    console.error(thrown);
    process.exitCode = 1;
  } finally {
    await browser?.close();
    await server.close();
  }
}
