/** The playground's one file, which several tabs may have open, and which may be of another version. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeInBrowser, OPENING } from '../support/describe-in-browser.js';
import { waitFor, type Playground } from '../support/playground.js';

/** Of one that has all the tests' slow steps in it. Milliseconds. */
const LONG = 120_000;

describeInBrowser('the file that the playground keeps', (stage) => {
  let playground: Playground;
  beforeEach(async () => {
    playground = await stage.open();
  }, OPENING);
  afterEach(() => playground.close());

  type Page = Playground['page'];

  const kept = (page: Page) =>
    page.evaluate(async () => {
      const settled = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const database = await settled(indexedDB.open('toile-playground'));
      const store = database.transaction('files').objectStore('files');
      const [keys, values] = [await settled(store.getAllKeys()), await settled(store.getAll())];
      database.close();
      return Object.fromEntries(keys.map((key, n) => [String(key), String(values[n])]));
    });

  const draw = (page: Page, name: string) =>
    page.evaluate((called) => {
      const user = window.toilePlayground?.standIn.user;
      user?.rename(user.addRectangle({ x: 0, y: 0, width: 50, height: 50 }), called);
    }, name);

  const isKept = (page: Page, name: string) => async () => (await kept(page))['canvas']?.includes(name) ?? false;

  it('is not written over by a tab that has read it before another one wrote', { timeout: LONG }, async () => {
    const { page } = playground;
    await draw(page, 'the first');
    await waitFor(isKept(page, 'the first'), 'the first to be kept');
    const second = await page.context().newPage();
    await second.goto(page.url());
    await second.waitForFunction(() => window.toilePlayground !== undefined);
    await waitFor(
      () => second.evaluate(() => window.toilePlayground?.standIn.save().includes('the first') ?? false),
      'the second tab to show it',
    );
    await draw(second, 'newer work');
    await waitFor(isKept(page, 'newer work'), 'the second tab’s work to be kept');
    await draw(second, 'more of it');
    await waitFor(isKept(page, 'more of it'), 'the second tab to go on');
    await draw(page, 'a nudge');
    await page.getByText('Another tab has changed this canvas since.').waitFor();
    await draw(page, 'another nudge');
    await page.waitForTimeout(1500);
    expect(await isKept(page, 'more of it')()).toBe(true);
    await page.reload();
    await playground.wait();
    await draw(page, 'in turn');
    await waitFor(isKept(page, 'in turn'), 'the reloaded tab to be kept');
    expect(await isKept(page, 'newer work')()).toBe(true);
  });

  it('is put aside where it cannot be read, before a new one takes its place', { timeout: LONG }, async () => {
    const { page } = playground;
    await draw(page, 'of old');
    await waitFor(isKept(page, 'of old'), 'it to be kept');
    const { canvas = '' } = await kept(page);
    const later = canvas.replace('"version":1', '"version":99');
    // no change of this page comes after that
    await page.evaluate((text) => {
      const opening = indexedDB.open('toile-playground');
      return new Promise<void>((resolve, reject) => {
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('files', 'readwrite');
          transaction.objectStore('files').put(text, 'canvas');
          transaction.oncomplete = () => resolve(opening.result.close());
        };
      });
    }, later);
    await page.reload();
    await page.getByText('The canvas that was kept could not be read').waitFor();
    await playground.wait();
    await draw(page, 'of today');
    await waitFor(isKept(page, 'of today'), 'the new one to be kept');
    expect(Object.values(await kept(page))).toContain(later);
  });
});
