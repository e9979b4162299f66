/** A message that isn't agreed on is reported, from whichever half it comes. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeInBrowser, OPENING } from '../support/describe-in-browser.js';
import type { Playground } from '../support/playground.js';

describeInBrowser('a message that nobody knows', (stage) => {
  let playground: Playground;
  beforeEach(async () => {
    playground = await stage.open({ permissions: ['clipboard-read', 'clipboard-write'] });
  }, OPENING);
  afterEach(() => playground.close());

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
    expect(text).not.toContain(stage.server.token);
    await panel.getByRole('button', { name: 'Dismiss Toile' }).click();
    await alert.waitFor({ state: 'detached' });
    return text;
  }

  it('is reported by the sandbox, with its name and what is wrong with it', async () => {
    const { standIn } = playground;
    await standIn.evaluate(({ fromPanel }) => fromPanel({ type: 'bogus' }));
    // on the panel too, and not only in what is copied
    await playground.panel.getByText('“bogus”').waitFor();
    expect(await reported()).toContain('bogus');
    await standIn.evaluate(({ fromPanel }) => fromPanel({ type: 'show-node', node: 7 }));
    expect(await reported()).toMatch(/show-node.*node/);
    await standIn.evaluate(({ fromPanel }) => fromPanel('nonsense'));
    await reported();
  });

  it('is not said to have been copied where another was', async () => {
    const { panel, standIn } = playground;
    const copy = panel.getByRole('button', { name: 'Copy details' });
    await standIn.evaluate(({ fromPanel }) => fromPanel({ type: 'bogus' }));
    await copy.click();
    await copy.waitFor({ state: 'detached' });
    await standIn.evaluate(({ fromPanel }) => fromPanel({ type: 'humbug' }));
    await panel.getByText('“humbug”').waitFor();
    await copy.waitFor();
    // nor by the connection check, once that has gone through again
    await panel.getByRole('button', { name: 'Settings' }).click();
    await panel.getByLabel('Key or token').fill('nonsense');
    await panel.getByLabel('Key or token').press('Enter');
    await copy.click();
    await copy.waitFor({ state: 'detached' });
    await panel.getByLabel('Key or token').press('Enter');
    await copy.waitFor();
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
