/** Everything by keyboard alone: from the page's first moment to a garment, and to an edit of it. */
import type { Frame } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeInBrowser, OPENING } from '../support/describe-in-browser.js';
import { makePhoto } from '../support/pictures.js';
import { waitFor, type Playground } from '../support/playground.js';

const LONG = { timeout: 240_000 };
/** Presses of a key before what is looked for counts as out of reach. */
const MANY = 80;
/** Two neighbours may have one name. */
const MOVING_MS = 500;

describeInBrowser('the keyboard alone', (stage) => {
  let playground: Playground;
  beforeEach(async () => {
    playground = await stage.open();
  }, OPENING);
  afterEach(() => playground.close());

  /** What has the focus, by role and name, on the page or in the panel. */
  async function focused(): Promise<string> {
    const { page } = playground;
    const onPage = await describeFocus(page.mainFrame());
    return onPage.startsWith('IFRAME') ? `panel ${await describeFocus(await playground.frame())}` : onPage;
  }

  /** And until the focus has moved: into a frame of another process it takes its time. */
  async function pressOnce(key: string): Promise<void> {
    const before = await focused();
    await playground.page.keyboard.press(key);
    const end = Date.now() + MOVING_MS;
    for (;;) {
      const now = await focused();
      if ((now !== before && !now.startsWith('panel BODY')) || Date.now() > end) return;
    }
  }

  async function press(key: string, until: RegExp): Promise<void> {
    const seen: string[] = [];
    for (let count = 0; count < MANY; count++) {
      const now = await focused();
      if (until.test(now)) return;
      seen.push(now);
      await pressOnce(key);
    }
    throw new Error(`${key} never leads to ${until}, but through: ${[...new Set(seen)].join(', ')}`);
  }

  it('is enough to make a garment and to change a part of it', LONG, async () => {
    const { page, panel, standIn } = playground;
    await press('Tab', /^panel TEXTAREA Describe a garment/);
    await page.keyboard.type('navy polo shirt');
    await press('Tab', /^panel INPUT Variants: 4/);
    await press('ArrowLeft', /^panel INPUT Variants: 1/);
    await press('Tab', /^panel INPUT More/);
    // Enter starts a job from the words alone
    await page.keyboard.press('Enter');
    await page.keyboard.press('Space');
    await press('Tab', /^panel INPUT Passes/);
    await page.keyboard.type('2');
    await press('Tab', /^panel BUTTON Generate/);
    await page.keyboard.press('Enter');
    await waitFor(async () => (await playground.topLevel()).length > 0, 'a row');
    await playground.finish();
    expect(await playground.topLevel()).toHaveLength(1);
    const [row] = await playground.topLevel();
    const [garment = ''] = row?.children ?? [];
    expect(await standIn.evaluate(({ document }) => document.selection())).toEqual([garment]);

    await press('Shift+Tab', /^CANVAS/);
    await page.keyboard.press('o');
    await page.keyboard.press('Enter');
    await panel.getByText('1 shape over it').waitFor();
    await page.keyboard.press('v');
    await page.keyboard.press('Enter');
    await press('Tab', /^panel TEXTAREA What should be there/);
    await page.keyboard.type('red floral dress');
    await page.keyboard.press('Enter');
    await waitFor(async () => (await rowsIn(playground)) > 1, 'another row');
    expect(await playground.finish()).toContain('0 px changed outside your shape');
    await page.keyboard.press('Escape');
    await press('Shift+Tab', /^CANVAS/);
    await page.keyboard.press('Control+z');
    await waitFor(async () => (await rowsIn(playground)) === 1, 'the edit to be undone');
    expect(playground.problems).toEqual([]);
  });

  it('leads on where a result takes the place of the words, back to them, and to the result again', LONG, async () => {
    const { page, panel } = playground;
    await playground.setPasses(2);
    await playground.choose('Variants', '2');
    await panel.getByLabel('Describe a garment').fill('navy polo shirt');
    await page.keyboard.press('Enter');
    await waitFor(async () => (await playground.topLevel()).length > 0, 'a row');
    await playground.finish();
    await playground.catchUp();
    expect(await focused()).toMatch(/^panel H1 navy polo shirt/);
    await press('Tab', /^panel BUTTON New garment/);
    await page.keyboard.press('Enter');
    await waitFor(async () => /^panel TEXTAREA Describe a garment/.test(await focused()), 'the words');
    expect(await panel.getByLabel('Describe a garment').inputValue()).toBe('navy polo shirt');
    await press('Shift+Tab', /^panel BUTTON Back/);
    await page.keyboard.press('Enter');
    await waitFor(async () => /^panel H1 navy polo shirt/.test(await focused()), 'the result');
    await playground.press('New garment');
    await waitFor(async () => /^panel TEXTAREA Describe a garment/.test(await focused()), 'the words once more');
    await page.keyboard.press('Escape');
    await waitFor(async () => /^panel H1 navy polo shirt/.test(await focused()), 'the result again');

    // whoever is at work on the canvas is left there
    await playground.press('New garment');
    await panel.getByLabel('Describe a garment').focus();
    await page.getByRole('application').focus();
    const [row] = await playground.topLevel();
    await playground.select(row?.children[1] ?? '');
    await panel.getByRole('button', { name: 'More like this' }).waitFor();
    expect(await focused()).toMatch(/^CANVAS/);
  });

  it('reaches every control of the panel', LONG, async () => {
    const { panel } = playground;
    await panel.getByText('More', { exact: true }).click();
    await everythingIsReached();
    await panel.getByRole('button', { name: 'Settings' }).click();
    await panel.getByText('Everything works.').waitFor({ state: 'attached' });
    await everythingIsReached();
    await press('Tab', /^panel BUTTON Back/);
    await playground.page.keyboard.press('Enter');
    await waitFor(async () => /^panel BUTTON Settings/.test(await focused()), 'the focus to be where it came from');

    const photo = await makePhoto(192, 256, 3);
    const one = await playground.addImage(photo, { x: 0, y: 0 }, 'Photo');
    const two = await playground.addImage(photo, { x: 300, y: 0 }, 'Cloth');
    await playground.select(one);
    await playground.choose('What to do with the picture', 'Expand');
    await everythingIsReached();
    await playground.select(one, two);
    await playground.choose('What to do with the two pictures', 'Apply pattern');
    await everythingIsReached();
  });

  /** Of a group of radios one is enough: arrows lead to the others. */
  async function everythingIsReached(): Promise<void> {
    const { page } = playground;
    const frame = await playground.frame();
    const wanted = await frame.evaluate(() => {
      const controls = [...document.querySelectorAll<HTMLElement>('button, input, textarea, select, a[href]')];
      const usable = controls.filter((one) => !one.matches(':disabled') && one.getClientRects().length > 0);
      const names = usable.map((one) => {
        const group = one.matches('[type=radio]') && one.closest('[role=radiogroup]');
        one.dataset['stop'] = group ? (group.getAttribute('aria-label') ?? '') : one.outerHTML.slice(0, 160);
        return one.dataset['stop'];
      });
      return [...new Set(names)];
    });
    await page.locator('section.panel .panel-grip').focus();
    const reached = new Set<string>();
    // there and back again
    for (const key of ['Tab', 'Shift+Tab']) {
      let entered = false;
      for (let count = 0; count < MANY; count++) {
        await pressOnce(key);
        const isInside = /^panel (?!BODY)/.test(await focused());
        if (entered && !isInside) break;
        entered ||= isInside;
        if (isInside)
          reached.add(await frame.evaluate(() => (document.activeElement as HTMLElement).dataset['stop'] ?? ''));
      }
    }
    expect(wanted.filter((stop) => !reached.has(stop))).toEqual([]);
    expect(wanted.length).toBeGreaterThan(5);
  }
});

function describeFocus(frame: Frame): Promise<string> {
  return frame.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement)) return 'nothing';
    const labels = 'labels' in element && element.labels instanceof NodeList ? [...element.labels] : [];
    const own = element.getAttribute('aria-label') ?? labels.map((label) => label.textContent).join(' ');
    const group = element.matches('[type=radio]') ? element.closest('[role=radiogroup]') : null;
    const name = own.trim() || element.innerText.trim();
    return `${element.tagName} ${group ? `${group.getAttribute('aria-label')}: ` : ''}${name}`;
  });
}

function rowsIn({ standIn }: Playground): Promise<number> {
  return standIn.evaluate(({ document }) => {
    const inside = (id: string): string[] => [id, ...document.children(id).flatMap(inside)];
    return inside(document.currentPage()).filter((id) => document.node(id)?.isAutoLayout).length;
  });
}
