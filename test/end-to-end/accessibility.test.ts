/** The panel in every state, and the playground around it: nothing in the way of a screen reader, in light and in dark. */
import { beforeAll, expect, it } from 'vitest';
import { findBarriers } from '../support/axe.js';
import { describeInBrowser, OPENING } from '../support/describe-in-browser.js';
import { makePhoto } from '../support/pictures.js';
import { jobsIn, waitFor, type Playground } from '../support/playground.js';

const LONG = { timeout: 240_000 };

describeInBrowser('axe', (stage) => {
  let playground: Playground;
  let photo: Uint8Array;
  beforeAll(async () => {
    photo = await makePhoto(192, 256, 3);
    playground = await stage.open({ passes: 2, variants: 1 });
  }, OPENING);

  const addPhoto = (x: number, name: string) => playground.addImage(photo, { x, y: 0, width: 192, height: 256 }, name);
  const addEllipse = (x: number, y: number, side: number) =>
    playground.standIn.evaluate(({ user }, box) => user.addEllipse(box), { x, y, width: side, height: side });

  async function inBothThemes(look: () => Promise<string[]>): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await playground.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const panel = await playground.frame();
      await panel.waitForSelector(`html.figma-${colorScheme}`, { state: 'attached' });
      expect(await look(), colorScheme).toEqual([]);
    }
  }
  const panelIsSound = () => inBothThemes(async () => findBarriers(await playground.frame()));
  const pageIsSound = () => inBothThemes(() => findBarriers(playground.page.mainFrame()));
  const choose = (task: string) => playground.choose('What to do with the picture', task);

  it('finds what is planted, so that finding nothing means something', async () => {
    const frame = await playground.frame();
    await frame.evaluate(() => {
      const planted = document.createElement('div');
      planted.id = 'planted';
      planted.append(document.createElement('button'));
      document.body.append(planted);
    });
    expect(await findBarriers(frame)).toEqual([expect.stringContaining('button-name')]);
    await frame.evaluate(() => document.querySelector('#planted')?.remove());
  });

  it('finds nothing serious in the panel with nothing selected, whatever is opened in it', LONG, async () => {
    const { panel } = playground;
    await panel.getByText('More · 2 passes').click();
    await panelIsSound();
    await panel.getByRole('button', { name: 'History' }).click();
    await panel.getByText('No results on this page yet.').waitFor();
    await panelIsSound();
    await panel.getByRole('button', { name: 'Back' }).click();
    await panel.getByRole('button', { name: 'Settings' }).click();
    await panel.getByText('Everything works.').waitFor({ state: 'attached' });
    await panelIsSound();
    await panel.getByLabel('Key or token').fill('nonsense');
    await panel.getByRole('button', { name: 'Check connection' }).click();
    await panel.getByText('Enter the token that the server printed when it started.').first().waitFor();
    await panelIsSound();
    await panel.getByLabel('Key or token').fill(stage.server.token);
    await panel.getByRole('button', { name: 'Check connection' }).click();
    await panel.getByText('Everything works.').waitFor({ state: 'attached' });
    await panel.getByRole('button', { name: 'Back' }).click();
  });

  it('finds nothing serious in what is offered for pictures and shapes', LONG, async () => {
    const { panel } = playground;
    const one = await addPhoto(0, 'Photo');
    for (const task of ['Vary', 'Edit', 'Expand', 'Reference']) {
      await choose(task);
      await panelIsSound();
    }
    const two = await addPhoto(-300, 'Cloth');
    await playground.select(one, two);
    for (const task of ['Apply pattern', 'Mix']) {
      await playground.choose('What to do with the two pictures', task);
      await panelIsSound();
    }
    const shape = await addEllipse(60, 80, 60);
    await playground.select(one, shape);
    await playground.catchUp();
    await panel.getByRole('checkbox', { name: 'Lock the shapes instead' }).click();
    await panelIsSound();
    await panel.getByRole('checkbox', { name: 'Lock the shapes instead' }).click();
    await playground.select(one, two, shape);
    await panel.getByText('1 shape over it, with Cloth').waitFor();
    await panelIsSound();
    await addEllipse(900, 900, 40);
    await panel.getByText('This shape lies over no picture.').waitFor();
    await panelIsSound();
  });

  it('finds nothing serious while a job runs, waits, fails or is cancelled, and when it is done', LONG, async () => {
    const { panel, standIn } = playground;
    const source = await addPhoto(0, 'Turned');
    await choose('Vary');
    await playground.choose('Variants', '8');
    // so many that it is still at it when the panel has been looked at
    await playground.setPasses(32);
    await playground.start('Make variations');
    await jobsIn(panel)
      .getByText(/of 8 done/)
      .waitFor();
    await panelIsSound();
    await stage.server.kill();
    await jobsIn(panel).getByText('No answer from the server; trying again').waitFor();
    await panelIsSound();
    await stage.server.restart();
    await jobsIn(panel)
      .getByText(/of 8 done/)
      .waitFor();
    await panel.getByRole('button', { name: 'Cancel Vary' }).first().click();
    await jobsIn(panel).getByText('Cancelled').waitFor();
    await panelIsSound();
    await playground.choose('Variants', '1');
    await playground.setPasses(2);

    // over the box around the turned picture, and not over the picture
    await standIn.evaluate(({ user }, id) => user.rotate(id, 45), source);
    const { x, y } = (await playground.node(source)).absoluteBoundingBox;
    const beside = await addEllipse(x + 4, y + 4, 20);
    await playground.select(source, beside);
    // its row may be gone before anybody sees it
    await playground.press('Fill in to match');
    await jobsIn(panel).getByText('The shape does not lie over the picture.').waitFor();
    await panelIsSound();

    const shape = await addEllipse(80, 100, 60);
    await playground.select(source, shape);
    await playground.start('Fill in to match');
    await playground.finish();
    await playground.press('Restore recipe');
    await panelIsSound();
    await panel.getByRole('button', { name: 'Compare' }).click();
    await panel.getByRole('img', { name: 'After' }).waitFor();
    await panelIsSound();
    await panel.getByRole('button', { name: 'Back' }).click();
    await panel.getByRole('button', { name: 'History' }).click();
    await panel.getByRole('main').getByRole('listitem').first().waitFor();
    await panelIsSound();
    await panel.getByRole('button', { name: 'Back' }).click();
  });

  it('finds nothing serious in the playground', LONG, async () => {
    const { page, standIn } = playground;
    await pageIsSound();
    await page.getByRole('button', { name: 'File', exact: true }).click();
    await pageIsSound();
    await page.getByRole('menuitem', { name: 'New file' }).click();
    await page.getByRole('dialog').waitFor();
    await pageIsSound();
    await page.getByRole('dialog').getByRole('button', { name: 'New file' }).click();
    await page.getByRole('heading', { name: 'What shall we make?' }).waitFor();
    await pageIsSound();
    await playground.wait();
    await addPhoto(0, 'Photo');
    await page.getByText('Draw a shape over the picture to change only what is inside it.').waitFor();
    await pageIsSound();
    await page.getByRole('button', { name: 'Close Toile' }).click();
    await waitFor(() => standIn.evaluate((held) => !held.running), 'the plugin to close');
    expect(await findBarriers(page.mainFrame())).toEqual([]);
  });

  it('is shown in the theme that was chosen while it was on its way', LONG, async () => {
    const { page } = playground;
    await page.emulateMedia({ colorScheme: 'light' });
    let letIn: (() => void) | undefined;
    const held = new Promise<void>((resolve) => (letIn = resolve));
    const asked = page.waitForRequest('**/plugin/ui.html');
    await page.route('**/plugin/ui.html', async (route) => {
      await held;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Open Toile' }).click();
    await asked;
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForSelector('html[data-theme=dark]');
    letIn?.();
    await (await playground.frame()).waitForSelector('html.figma-dark', { state: 'attached' });
    await page.unroute('**/plugin/ui.html');
  });
});
