/** Where there is little room: what matters just now is in sight, and what was unfolded stays so. */
import { fileURLToPath } from 'node:url';
import type { Locator, Route } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeInBrowser, OPENING } from '../support/describe-in-browser.js';
import { makePhoto } from '../support/pictures.js';
import { jobsIn, waitFor, type Playground } from '../support/playground.js';

const LONG = { timeout: 240_000 };
/** Nobody waits for these. */
const SLOW = { passes: 32, variants: 8 };

describeInBrowser('in little room', (stage) => {
  let playground: Playground;
  beforeEach(async () => {
    playground = await stage.open(SLOW);
  }, OPENING);
  afterEach(() => playground.close());

  /** Within whatever scrolls around it. */
  const isSeen = (element: Locator) =>
    element.evaluate(
      (node) =>
        new Promise<boolean>((resolve) => {
          const seen = new IntersectionObserver(([entry]) => resolve((entry?.intersectionRatio ?? 0) > 0.95));
          seen.observe(node);
        }),
    );

  /** More jobs than there is room for. @returns how the server comes to refuse the first */
  async function startThree(): Promise<() => Promise<void>> {
    const { page, panel } = playground;
    const held = new Promise<Route>((resolve) => {
      void page.route('**/v1/generations', resolve, { times: 1 });
    });
    for (const words of ['blue jeans', 'green coat', 'white shirt']) {
      await panel.getByLabel('Describe a garment').fill(words);
      await playground.start('Generate');
    }
    await waitFor(() => isSeen(cancel('white shirt')), 'the newest job to be in sight');
    expect(await isSeen(cancel('blue jeans'))).toBe(false);
    return async () =>
      (await held).fulfill({
        status: 400,
        headers: { 'access-control-allow-origin': '*' },
        json: { error: { code: 'invalid_request', message: 'no' } },
      });
  }
  const cancel = (words: string) => playground.panel.getByRole('button', { name: `Cancel ${words}` });
  const failure = () => playground.panel.getByText('The server does not take this request.');

  it('the newest of many jobs is in sight, and an older one as soon as it has failed', LONG, async () => {
    const { panel } = playground;
    const refuse = await startThree();
    await refuse();
    await waitFor(() => isSeen(failure()), 'the failure to be in sight');
    for (const words of ['green coat', 'white shirt']) await cancel(words).click();
    expect(await jobsIn(panel).count()).toBe(3);
  });

  it('after another view the jobs are where one had scrolled to, but for what has failed since', LONG, async () => {
    const { page, panel } = playground;
    const refuse = await startThree();
    const scrollTo = (top: number) =>
      panel.getByRole('list', { name: 'Jobs' }).evaluate((list, to) => void (list.scrollTop = to), top);
    const lookAway = async (meanwhile?: () => Promise<void>) => {
      await panel.getByRole('button', { name: 'Settings' }).click();
      await meanwhile?.();
      await panel.getByRole('button', { name: 'Back' }).click();
      await cancel('green coat').waitFor();
      // what a list turns to when it is drawn, it has turned to by then
      await page.waitForTimeout(500);
    };
    await scrollTo(0);
    await lookAway();
    expect([await isSeen(cancel('blue jeans')), await isSeen(cancel('white shirt'))]).toEqual([true, false]);
    await scrollTo(1000);
    await lookAway(refuse);
    await waitFor(() => isSeen(failure()), 'the failure to be in sight');
    await scrollTo(1000);
    await lookAway();
    expect([await isSeen(failure()), await isSeen(cancel('white shirt'))]).toEqual([false, true]);
    for (const words of ['green coat', 'white shirt']) await cancel(words).click();
  });

  it(
    'what is unfolded is in sight, and is so still after another view, as are lengths in their unit',
    LONG,
    async () => {
      const { panel } = playground;
      const photo = await playground.addImage(await makePhoto(192, 256, 3), { x: 0, y: 0 }, 'Photo');
      await playground.select(photo);
      await playground.choose('What to do with the picture', 'Expand');
      await playground.choose('Unit', '%');
      await panel.getByText('More · 32 passes').click();
      const last = panel.getByRole('textbox', { name: 'Temperature' });
      await waitFor(() => isSeen(last), 'the last of what was unfolded to be in sight');
      await panel.getByRole('button', { name: 'Settings' }).click();
      await panel.getByRole('button', { name: 'Back' }).click();
      await last.waitFor();
      expect(await panel.getByRole('radio', { name: '%' }).isChecked()).toBe(true);
    },
  );

  it('what was set is told where it is folded away', LONG, async () => {
    const { panel } = playground;
    await panel.getByText('More · 32 passes').click();
    await panel.getByRole('textbox', { name: 'Temperature' }).fill('0.5');
    await panel.getByRole('textbox', { name: 'Passes' }).fill('');
    await panel.getByText('More', { exact: true }).click();
    await panel.getByText('More · Temperature 0.5').waitFor();
  });

  it('a file that is let go over the panel, and not over the canvas, opens nothing', LONG, async () => {
    const { page } = playground;
    const box = await page.locator('section.panel iframe').boundingBox();
    const frame = await playground.frame();
    // heard after the panel has answered it
    await frame.evaluate(() =>
      addEventListener('dragover', ({ defaultPrevented, dataTransfer }) =>
        Object.assign(window, { answered: { defaultPrevented, dropEffect: dataTransfer?.dropEffect } }),
      ),
    );
    const answer = () => frame.evaluate(() => Reflect.get(window, 'answered'));
    const devtools = await page.context().newCDPSession(page);
    const data = { items: [], files: [fileURLToPath(import.meta.url)], dragOperationsMask: 1 };
    const at = { x: (box?.x ?? 0) + 100, y: (box?.y ?? 0) + 200 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await devtools.send('Input.dispatchDragEvent', { type, ...at, data });
    }
    await waitFor(async () => (await answer()) !== undefined, 'the file to be over the panel');
    expect(await answer()).toEqual({ defaultPrevented: true, dropEffect: 'none' });
    const opened = await page
      .context()
      .waitForEvent('page', { timeout: 1000 })
      .catch(() => undefined);
    expect(opened).toBeUndefined();
  });

  it('the whole bar lies in a window of half a small screen', LONG, async () => {
    const { page } = playground;
    await page.setViewportSize({ width: 640, height: 700 });
    const ends = await page
      .locator('.top-bar button:visible')
      .evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().right));
    expect(Math.max(...ends)).toBeLessThanOrEqual(640);
  });
});
