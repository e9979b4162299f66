/** Words in the browser's language, or the one that was chosen, and never a key in place of a word. */
import { beforeAll, expect, it } from 'vitest';
import { en } from '../../plugin/ui/texts/en.js';
import { createSay } from '../../plugin/ui/texts/speak.js';
import { zh } from '../../plugin/ui/texts/zh.js';
import { describeInBrowser, OPENING } from '../support/describe-in-browser.js';
import { makePhoto } from '../support/pictures.js';
import type { Playground } from '../support/playground.js';

/** English sentences and words that Chinese puts otherwise. */
const english = Object.entries(en).flatMap(([key, phrase]) => {
  const other = Object.entries(zh).find(([name]) => name === key)?.[1];
  return typeof phrase === 'string' && phrase !== other && phrase.length > 3 ? [phrase] : [];
});
const keys = Object.keys(en);

describeInBrowser('in Chinese', (stage) => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await stage.open({ locale: 'zh-CN' });
  }, OPENING);

  /** Everything that is read or heard. */
  async function texts(): Promise<string[]> {
    const frame = await playground.frame();
    return frame.evaluate(() => {
      const said = ['aria-label', 'aria-valuetext', 'title', 'placeholder', 'alt'];
      const attributes = [...document.querySelectorAll('body *')].flatMap((element) =>
        said.flatMap((name) => element.getAttribute(name) ?? []),
      );
      const walker = document.createTreeWalker(document.querySelector('#panel') ?? document.body, NodeFilter.SHOW_TEXT);
      const read: string[] = [];
      while (walker.nextNode()) read.push(walker.currentNode.textContent ?? '');
      return [...attributes, ...read].map((text) => text.trim()).filter(Boolean);
    });
  }

  async function expectChinese(): Promise<void> {
    const said = await texts();
    expect(said.filter((text) => keys.some((key) => text.includes(key)))).toEqual([]);
    expect(said.filter((text) => english.includes(text))).toEqual([]);
    expect(said.filter((text) => /\{\w+\}/.test(text))).toEqual([]);
    expect(said.filter((text) => /\p{Script=Han}/u.test(text)).length).toBeGreaterThan(3);
  }

  it('shows every view without a key or an English word', async () => {
    const { page, panel } = playground;
    expect(await page.evaluate(() => document.documentElement.lang)).toMatch(/^zh/);
    await page.getByRole('heading', { name: '想做一件什么？' }).waitFor();
    await expectChinese();
    await panel.getByText(zh['field.more'].toString(), { exact: true }).click();
    await expectChinese();
    for (const view of ['历史', '设置']) {
      await panel.getByRole('button', { name: view }).click();
      await panel.getByRole('heading', { name: view }).first().waitFor();
      if (view === '设置') await panel.getByText(zh['doctor.processor'].toString(), { exact: true }).waitFor();
      await expectChinese();
      await panel.getByRole('button', { name: '返回' }).click();
    }
    const photo = await makePhoto(64, 64, 5);
    const [one, two] = [
      await playground.addImage(photo, { x: 0, y: 0 }, '照片'),
      await playground.addImage(photo, { x: 100, y: 0 }, '布料'),
    ];
    const shape = await playground.standIn.evaluate(({ user }) =>
      user.addEllipse({ x: 10, y: 10, width: 30, height: 30 }),
    );
    for (const chosen of [[one], [one, two], [one, shape], [one, shape, two]]) {
      await playground.select(...chosen);
      await playground.catchUp();
      await panel.getByRole('heading', { name: '照片' }).waitFor();
      await expectChinese();
    }
  });

  it('says what the model reads, as soon as other letters are typed', async () => {
    const { panel } = playground;
    await playground.select();
    const words = panel.getByLabel(zh['words.generate'].toString());
    const hint = panel.getByText(zh['words.english'].toString());
    await words.fill('“café” – navy 2×1');
    expect(await hint.count()).toBe(0);
    await words.fill('海军蓝 polo');
    await hint.waitFor();
    await words.fill('');
    await hint.waitFor({ state: 'detached' });
  });

  it(
    'says once which of those words the model doesn’t know, and to use English, when it has tried them',
    { timeout: 60_000 },
    async () => {
      const { panel } = playground;
      await playground.select();
      const words = panel.getByLabel(zh['words.generate'].toString());
      const hint = panel.getByText(zh['words.english'].toString());
      await words.fill('海军蓝 polo');
      await hint.waitFor();
      await playground.choose(zh['field.variants'].toString(), '1');
      await playground.start(zh['go.generate'].toString());
      const told = createSay('zh')('job.unfamiliar-english', { n: 1, words: '海军蓝' });
      await panel.getByRole('listitem').filter({ hasText: told }).waitFor();
      await playground.select();
      await words.waitFor();
      expect(await words.inputValue()).toBe('海军蓝 polo');
      expect(await hint.count()).toBe(0);
      await words.fill('海军蓝 shirt');
      await hint.waitFor();
      await words.fill('');
    },
  );

  it('changes at once to the language that is chosen, and says so to screen readers', async () => {
    const { panel } = playground;
    const frame = await playground.frame();
    await frame.waitForSelector('html[lang^=zh]');
    await panel.getByRole('button', { name: '设置' }).click();
    await panel.locator('label', { hasText: 'English' }).click();
    await panel.getByRole('heading', { name: 'Connection' }).waitFor();
    await frame.waitForSelector('html[lang=en]');
    await panel.locator('label', { hasText: '中文' }).click();
    await panel.getByRole('heading', { name: zh['doctor.title'].toString() }).waitFor();
    await frame.waitForSelector('html[lang^=zh]');
  });
});
