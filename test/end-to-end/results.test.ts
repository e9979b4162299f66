/** What can be done with a result that is there: find it on the canvas, and what it was made from. */
import type { Route } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { StandIn } from '../../plugin/stand-in/index.js';
import { writeDownAnnouncements } from '../support/announcements.js';
import { describeInBrowser, OPENING } from '../support/describe-in-browser.js';
import { makePhoto } from '../support/pictures.js';
import { waitFor, type Playground } from '../support/playground.js';

const LONG = { timeout: 240_000 };

describeInBrowser('a result', (stage) => {
  let playground: Playground;
  beforeEach(async () => {
    playground = await stage.open({ passes: 2, variants: 2 });
  }, OPENING);
  afterEach(() => playground.close());

  const selection = () => playground.standIn.evaluate(({ document }) => [...document.selection()]);
  const isSelected = (...ids: string[]) =>
    waitFor(async () => (await selection()).join() === ids.join(), `${ids.join()} to be selected`);

  async function editInside(): Promise<{ photo: string; shape: string; result: string }> {
    const bytes = await makePhoto(192, 256, 3);
    const photo = await playground.addImage(bytes, { x: 0, y: 0, width: 192, height: 256 }, 'Photo');
    const box = { x: 60, y: 80, width: 60, height: 60 };
    const shape = await playground.standIn.evaluate(({ user }, at) => user.addEllipse(at), box);
    await playground.select(photo, shape);
    const row = await playground.start('Fill in to match');
    await playground.finish();
    const [result = ''] = (await playground.node(row)).children;
    return { photo, shape, result };
  }

  it('is brought into view from the list of jobs, on whatever page it lies', LONG, async () => {
    const { standIn, problems } = playground;
    const { result } = await editInside();
    const home = await standIn.evaluate(({ user, document }) => {
      const page = document.currentPage();
      user.setPage(user.addPage('Page 2'));
      return page;
    });
    await playground.panel.getByRole('button', { name: 'Show on canvas' }).click();
    await isSelected(result);
    expect(await standIn.evaluate(({ document }) => document.currentPage())).toBe(home);
    expect(problems).toEqual([]);
  });

  it('is told to a screen reader to be looked for, and what came of its job is not told again', LONG, async () => {
    const { panel, standIn } = playground;
    await editInside();
    const announcements = await writeDownAnnouncements(await playground.frame());
    const goOn = await standIn.evaluateHandle(holdNodes);
    await panel.getByRole('button', { name: 'Show on canvas' }).click();
    const looking = panel.getByRole('listitem').getByText('Looking for it on the other pages…');
    await looking.waitFor();
    await goOn.evaluate((release) => release());
    await looking.waitFor({ state: 'detached' });
    expect(await announcements()).toEqual(['Looking for it on the other pages…']);
  });

  it('brings back its source with the shapes over it, ready to be run again', LONG, async () => {
    const { panel, problems } = playground;
    const { photo, shape, result } = await editInside();
    await playground.select(result);
    await playground.press('Restore recipe');
    await panel.getByRole('button', { name: 'Select source' }).click();
    await isSelected(photo, shape);
    await panel.getByRole('button', { name: 'Fill in to match' }).waitFor();
    expect(problems).toEqual([]);
  });

  it('is compared at a retry, once the server is there that was away', LONG, async () => {
    const { page, panel, standIn } = playground;
    const { photo, result } = await editInside();
    // the canvas can't stand in for the server
    await standIn.evaluate(({ user }, id) => user.remove([id]), photo);
    const held: Route[] = [];
    let isAway = true;
    await page.route('**/v1/assets/*', (route) => (isAway ? route.abort() : void held.push(route)));
    await playground.select(result);
    await playground.press('Compare');
    const failure = panel.getByRole('main').getByRole('alert');
    expect(await failure.innerText()).toContain('The server does not answer.');
    isAway = false;
    await panel.getByRole('button', { name: 'Retry' }).press('Enter');
    await panel.getByText('Fetching both pictures…').waitFor();
    expect(await failure.count()).toBe(0);
    await waitFor(async () => held.length > 0, 'the server to be asked again');
    for (const route of held) await route.continue();
    for (const name of ['Before', 'After']) await panel.getByRole('img', { name }).waitFor();
    const heading = panel.getByRole('heading', { name: 'Compare' });
    expect(await heading.evaluate((it) => it === document.activeElement)).toBe(true);
  });

  it('says that another model made it where that is so, and only then', LONG, async () => {
    const { panel, standIn } = playground;
    const { result } = await editInside();
    const words = panel.getByText('Made by another model: it will come out differently.');
    await playground.select(result);
    await playground.catchUp();
    await panel.getByRole('button', { name: 'Restore recipe' }).waitFor();
    expect(await words.count()).toBe(0);
    const recipe = await playground.recipeOf(result);
    const told: unknown = await stage.server.ask('/v1/models');
    expect(told).toMatchObject({ models: expect.arrayContaining([expect.objectContaining(recipe?.bundle)]) });
    const other = { ...recipe, bundle: { name: 'older', checksum: '0'.repeat(64) } };
    await standIn.evaluate(
      async ({ figma }, { id, text }) => (await figma.getNodeByIdAsync(id))?.setPluginData('recipe', text),
      { id: result, text: JSON.stringify(other) },
    );
    await playground.select();
    await playground.select(result);
    await words.waitFor();
  });
});

/** Has the plugin wait for nodes, as in a large file. Runs in the page. @returns how it goes on */
function holdNodes({ figma }: StandIn): () => void {
  let goOn = () => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const getNodeByIdAsync = (id: string) => held.then(() => figma.getNodeByIdAsync(id));
  const sandbox = document.querySelector<HTMLIFrameElement>('iframe[title=Toile][hidden]')?.contentWindow;
  Object.assign(sandbox ?? {}, { figma: Object.create(figma, { getNodeByIdAsync: { value: getNodeByIdAsync } }) });
  return goOn;
}
