/** Judging what was made: a result over what it was made from, and the history of a file. */
import type { Locator } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeInBrowser, OPENING } from '../support/describe-in-browser.js';
import { makePhoto } from '../support/pictures.js';
import { waitFor, type Playground } from '../support/playground.js';

const LONG = { timeout: 240_000 };
const SIZE = { width: 1200, height: 900 };

describeInBrowser('looking back', (stage) => {
  let playground: Playground;
  beforeEach(async () => {
    playground = await stage.open({ passes: 1, variants: 2 });
  }, OPENING);
  afterEach(async () => {
    expect(playground.problems).toEqual([]);
    await playground.close();
  });

  /** @returns the results, in their row's order */
  async function vary(): Promise<string[]> {
    const photo = await playground.addImage(
      await makePhoto(SIZE.width, SIZE.height, 7),
      { x: 0, y: 0, ...SIZE },
      'Look 3',
    );
    await playground.select(photo);
    await playground.choose('What to do with the picture', 'Vary');
    const row = await playground.start('Make variations');
    await playground.finish();
    return [...(await playground.node(row)).children];
  }
  const boxOf = async (what: Locator) => (await what.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };

  it(
    'over its source moves the edge where it is dragged, shows single pixels, and goes on to the next result',
    LONG,
    async () => {
      const { page, panel } = playground;
      const [first = '', second = ''] = await vary();
      const heading = panel.getByRole('heading', { name: 'Compare' });
      const slider = panel.getByRole('slider', { name: 'Share of the original shown' });
      const [before, after] = ['Before', 'After'].map((name) => panel.getByRole('img', { name }));
      if (!before || !after) throw new Error('no pictures');
      const frame = page.locator('section.panel iframe');
      const usual = await boxOf(frame);
      expect(usual).toMatchObject({ width: 340, height: 560 });

      await playground.select(first);
      await playground.press('Compare');
      await panel.getByText('Before Look 3').waitFor();
      await panel.getByText('After Vary · Look 3, variant 1').waitFor();
      await waitFor(async () => (await boxOf(after)).width > 1.4 * usual.width, 'the panel to be large');
      expect((await boxOf(frame)).height).toBeGreaterThan(usual.height);
      const fitted = await boxOf(after);
      expect(fitted.width / fitted.height).toBeCloseTo(SIZE.width / SIZE.height, 1);

      const at = (x: number, y: number) => [fitted.x + x * fitted.width, fitted.y + y * fitted.height] as const;
      await page.mouse.move(...at(0.9, 0.3));
      await page.mouse.down();
      await page.mouse.move(...at(0.6, 0.5), { steps: 3 });
      await page.mouse.move(...at(0.25, 0.9), { steps: 3 });
      await waitFor(async () => (await slider.inputValue()) === '25', 'the edge to follow');
      // on, where the pointer has left the picture
      await page.mouse.move(fitted.x - 10, fitted.y + 20, { steps: 3 });
      await waitFor(async () => (await slider.inputValue()) === '0', 'the edge to end at the picture’s');
      await page.mouse.move(...at(0.25, 0.5), { steps: 3 });
      await page.mouse.up();
      await page.mouse.move(...at(0.7, 0.5), { steps: 3 });
      await slider.press('ArrowRight');
      expect(await slider.inputValue()).toBe('26');

      const address = await after.getAttribute('src');
      await playground.select(second);
      await panel.getByText('After Vary · Look 3, variant 2').waitFor();
      expect(await after.getAttribute('src')).not.toBe(address);
      expect(await slider.inputValue()).toBe('26');
      await playground.select();
      await playground.catchUp();
      expect(await heading.isVisible()).toBe(true);

      await panel.getByRole('button', { name: 'Show at 100%' }).click();
      const close = await boxOf(after);
      expect([close.width, close.height, (await boxOf(before)).width]).toEqual([SIZE.width, SIZE.height, SIZE.width]);
      await page.mouse.move(...at(0.2, 0.2));
      await page.mouse.move(...at(0.4, 0.1), { steps: 4 });
      await waitFor(async () => {
        const { x, y } = await boxOf(after);
        return x < close.x - 50 && y > close.y + 20;
      }, 'the part that is seen to follow the pointer');
      const moved = await boxOf(after);
      expect((await boxOf(before)).x).toBeCloseTo(moved.x, 1);
      // a drag moves the edge, and nothing else
      await page.mouse.down();
      await page.mouse.move(...at(0.8, 0.8), { steps: 3 });
      await page.mouse.up();
      await waitFor(async () => (await slider.inputValue()) === '80', 'the edge to follow');
      expect(await boxOf(after)).toEqual(moved);
      await panel.getByRole('group', { name: /arrow keys move it/ }).press('ArrowDown');
      expect((await boxOf(after)).y).toBeLessThan(moved.y - 20);

      await page.keyboard.press('Escape');
      await waitFor(async () => (await boxOf(frame)).width === usual.width, 'the panel to be as it was');
      expect(await boxOf(frame)).toEqual(usual);
    },
  );

  it('has an entry a job, stays where one was, and draws what is looked at of hundreds of results', LONG, async () => {
    const { panel, standIn } = playground;
    const results = await vary();
    const [row = ''] = (await playground.topLevel()).filter(({ isAutoLayout }) => isAutoLayout).map(({ id }) => id);
    // made earlier, one job after the other
    const older = await standIn.evaluate(async ({ figma }, id) => {
      const source = await figma.getNodeByIdAsync(id);
      if (source?.type !== 'FRAME') throw new Error(`${id} is no row`);
      const jobs: string[][] = [];
      for (let job = 0; job < 150; job++) {
        const places = source.children.map((child) => {
          const place = figma.createRectangle();
          const recipe: { job: string; madeAt: string; variant: number } = JSON.parse(child.getPluginData('recipe'));
          place.x = 300 * recipe.variant;
          place.y = 2000 + 300 * job;
          place.name = child.name;
          if ('fills' in child) place.fills = child.fills;
          recipe.job = `job-${job}`;
          recipe.madeAt = new Date(Date.UTC(2020, 0, 1) - 60_000 * job).toISOString();
          place.setPluginData('recipe', JSON.stringify(recipe));
          return place.id;
        });
        jobs.push(places);
      }
      return jobs;
    }, row);
    await panel.getByRole('button', { name: 'History' }).click();
    const list = panel.getByRole('main');
    const entries = list.getByRole('listitem');
    await entries.nth(99).waitFor();
    // the newest 200 results
    expect(await entries.count()).toBe(100);
    expect(await entries.first().getByRole('heading').innerText()).toBe('Look 3');
    await waitFor(async () => (await entries.first().locator('img').count()) === 2, 'the thumbnails that are seen');
    expect(await list.locator('img').count()).toBeLessThan(60);

    const selected = () => standIn.evaluate(({ document }) => document.selection());
    const pick = async (entry: number, variant: number) => {
      await entries
        .nth(entry)
        .getByRole('button', { name: `variant ${variant + 1}` })
        .click();
      const wanted = entry === 0 ? results[variant] : older[entry - 1]?.[variant];
      await waitFor(async () => (await selected()).join() === wanted, 'the result to be selected');
      await playground.catchUp();
    };
    await pick(0, 1);
    await pick(0, 0);
    await entries.nth(60).scrollIntoViewIfNeeded();
    const top = await list.evaluate((main) => main.scrollTop);
    expect(top).toBeGreaterThan(1000);
    await waitFor(async () => (await entries.nth(60).locator('img').count()) === 2, 'the thumbnails further down');
    await pick(60, 1);
    expect(await panel.getByRole('heading', { name: 'History' }).isVisible()).toBe(true);
    expect(await list.evaluate((main) => main.scrollTop)).toBe(top);
    // seen on the canvas
    const view = await standIn.evaluate(({ figma }) => figma.viewport.bounds);
    const { x, y } = (await playground.node(older[59]?.[1] ?? '')).absoluteBoundingBox;
    expect(x > view.x && x < view.x + view.width && y > view.y && y < view.y + view.height).toBe(true);

    await panel.getByRole('button', { name: 'Back' }).click();
    await panel.getByRole('button', { name: 'History' }).click();
    const current = list.locator('[aria-current]');
    await waitFor(async () => {
      const [thumbnail, shown] = [await boxOf(current), await boxOf(list)];
      return thumbnail.y >= shown.y && thumbnail.y + thumbnail.height <= shown.y + shown.height;
    }, 'the list to be where one was');
    expect(await current.getAttribute('aria-label')).toBe('Show Vary · Look 3, variant 2');

    // removed since, it is said to be gone, and the list no longer has it
    await standIn.evaluate(({ user }, id) => user.remove([id]), results[1] ?? '');
    const removed = entries.first().getByRole('button', { name: 'variant 2' });
    await removed.click();
    await panel.getByText('What was to be shown is not in this file any more.').waitFor();
    await removed.waitFor({ state: 'detached' });
    expect(await panel.getByRole('heading', { name: 'History' }).evaluate((it) => it === document.activeElement)).toBe(
      true,
    );
  });
});
