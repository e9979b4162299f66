/** A message that isn't agreed on is reported, from whichever half it comes. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeInBrowser, launchBrowser } from '../support/browser.js';
import { openPlayground, type Playground } from '../support/playground.js';
import { startServer, type Server } from '../support/server.js';

describeInBrowser('a message that nobody knows', () => {
  let browser: Browser;
  let server: Server;
  let playground: Playground;
  beforeAll(async () => {
    browser = await launchBrowser();
    server = await startServer();
  }, 120_000);
  beforeEach(async () => {
    playground = await openPlayground(browser, server.origin, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
  }, 120_000);
  afterEach(() => playground.close());
  // either may be missing where the start failed
  afterAll(() => Promise.all([browser?.close(), server?.close()]));

  /** What the panel says, and what it gives to copy. */
  async function reported(): Promise<string> {
    const { page, panel } = playground;
    const alert = panel
      .getByRole('alert')
      .filter({ hasText: 'The two halves of the plugin are of different versions.' });
    await alert.waitFor();
    expect(await alert.innerText()).toContain('Close the plugin and open it again.');
    await panel.getByRole('button', { name: 'Copy details' }).click();
    await panel.getByRole('button', { name: 'Copied' }).waitFor();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    expect(text).toContain('error: unknown-message');
    expect(text).not.toContain(server.token);
    await panel.getByRole('button', { name: 'Dismiss Toile' }).click();
    await alert.waitFor({ state: 'detached' });
    return text;
  }

  it('is reported by the sandbox, with its name and what is wrong with it', async () => {
    const { standIn } = playground;
    await standIn.evaluate(({ fromPanel }) => fromPanel({ type: 'bogus' }));
    expect(await reported()).toContain('bogus');
    await standIn.evaluate(({ fromPanel }) => fromPanel({ type: 'show-node', node: 7 }));
    expect(await reported()).toMatch(/show-node.*node/);
    await standIn.evaluate(({ fromPanel }) => fromPanel('nonsense'));
    await reported();
  });

  it('is reported by the panel, and what comes from elsewhere is not heard', async () => {
    const { page, panel } = playground;
    const post = (message: unknown) =>
      page.evaluate((data) => {
        document.querySelector<HTMLIFrameElement>('section.panel iframe')?.contentWindow?.postMessage(data, '*');
      }, message);
    await post({ hello: 'from an extension' });
    await post({ pluginMessage: { type: 'bogus' } });
    expect(await reported()).toContain('type');
    await post({ pluginMessage: { type: 'picture', node: '1:1', bytes: 'none' } });
    expect(await reported()).toContain('bytes');
    await panel.getByRole('heading', { name: 'New garment' }).waitFor();
    expect(playground.problems).toEqual([]);
  });
});
