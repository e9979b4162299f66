/** A prompt of any length leaves the panel's controls in reach. */
import type { Locator } from 'playwright-core';
import { expect, it } from 'vitest';
import { findBarriers } from '../support/axe.js';
import { describeInBrowser } from '../support/describe-in-browser.js';
import { jobsIn } from '../support/playground.js';

const LONG = { timeout: 240_000 };
const gown =
  'a long flowing evening gown in midnight blue silk with hand embroidered silver flowers along the hem and the ' +
  'sleeves, a deep neckline, a fitted waist with a thin leather belt, pleats falling to the floor, and a matching ' +
  'shawl draped over the shoulders, worn for a winter gala, with pearl buttons down the back and lace at the cuffs, ' +
  'plus tiny beads that catch the light whenever one turns around in it';

describeInBrowser('a long prompt', (stage) => {
  it('is shown in three lines, and whole at a press', LONG, async () => {
    const playground = await stage.open({ passes: 1, variants: 1 });
    const { panel } = playground;
    const words = panel.getByLabel('Describe a garment');
    await words.fill(gown);
    await playground.start('Generate');
    await playground.finish();
    await playground.catchUp();
    const main = panel.getByRole('main');
    const shown = main.getByText(gown, { exact: true });
    const unheard = jobsIn(panel).getByText('These last words were more than the model takes');
    const lines = (text: Locator) =>
      text.evaluate((element) => Math.round(element.clientHeight / parseFloat(getComputedStyle(element).lineHeight)));
    expect(await lines(shown)).toBe(3);
    expect(await lines(unheard)).toBe(3);
    const variants = await panel.getByRole('radiogroup', { name: 'Variants' }).boundingBox();
    const room = await main.boundingBox();
    expect(bottom(variants)).toBeLessThan(bottom(room));

    await main.getByRole('button', { name: 'Show all' }).click();
    expect(await lines(shown)).toBeGreaterThan(6);
    expect(await lines(unheard)).toBe(3);
    expect(await findBarriers(await playground.frame())).toEqual([]);
    await main.getByRole('button', { name: 'Show less' }).click();
    expect(await lines(shown)).toBe(3);

    await playground.press('New garment');
    await words.fill('navy polo shirt');
    await playground.start('Generate');
    await playground.finish();
    await main.getByText('navy polo shirt', { exact: true }).waitFor();
    expect(await panel.getByRole('button', { name: 'Show all' }).count()).toBe(0);

    // pasted, it would be cut in silence
    await playground.press('New garment');
    await words.fill(gown + gown);
    expect((await words.inputValue()).length).toBeLessThan(2 * gown.length);
    await main.getByText('500 characters are the most').waitFor();
    await words.fill(gown);
    await main.getByText('500 characters are the most').waitFor({ state: 'detached' });
    expect(playground.problems).toEqual([]);
    await playground.close();
  });
});

type Box = Awaited<ReturnType<Locator['boundingBox']>>;

function bottom(box: Box): number {
  return box ? box.y + box.height : NaN;
}
