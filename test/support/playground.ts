/**
 * The playground in a browser: the real panel in its sandboxed frame, driven by accessible names as a screen reader has
 * them, and a hold on the document behind the canvas.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Frame, FrameLocator, JSHandle, Locator, Page } from 'playwright-core';
import { recipe, trackedJob, type Recipe, type Subject } from '../../plugin/messages.js';
import { toPanel } from '../../plugin/to-panel.js';
import type { Box, DrawnNode, StandIn } from '../../plugin/stand-in/index.js';

/** For one step on a machine that is busy with other things; models take their time there. */
const PATIENCE = 90_000;

export type Playground = {
  readonly page: Page;
  /** What lies behind the canvas. Its `user` is the designer's hands. */
  readonly standIn: JSHandle<StandIn>;
  readonly panel: FrameLocator;
  /** The panel's own window, for scripts. */
  frame(): Promise<Frame>;
  /** What the console complains of, uncaught errors, and what Figma would refuse. */
  readonly problems: string[];
  addImage(bytes: Uint8Array, box?: Partial<Box>, name?: string): Promise<string>;
  select(...ids: string[]): Promise<void>;
  node(id: string): Promise<DrawnNode>;
  /** What lies on the page itself, the lowest first. */
  topLevel(): Promise<DrawnNode[]>;
  /** Bytes of a node's image fill. */
  pixelsOf(id: string): Promise<Uint8Array>;
  recipeOf(id: string): Promise<Recipe | undefined>;
  /** The server's id of the job that fills a row. */
  jobOf(row: string): Promise<string | undefined>;
  /** Until the panel has heard of what is selected, which it does a moment later. What is unusable it never catches up with. */
  catchUp(): Promise<void>;
  /** Turns a choice of the panel, by the name of its group and of the option. */
  choose(group: string, option: string): Promise<void>;
  /** Of each job to come. */
  setPasses(passes: number): Promise<void>;
  /** Presses a button of the panel's, about what is selected. */
  press(button: string): Promise<void>;
  /** Presses the one button that starts, and waits for the row on the canvas. @returns the row's id */
  start(button: string): Promise<string>;
  /** Until the newest job of the panel is over. @returns what it says @throws where it failed */
  finish(): Promise<string>;
  /** After a reload, or a panel opened anew. */
  wait(): Promise<void>;
  close(): Promise<void>;
};

export type PlaygroundOptions = BrowserContextOptions & {
  /** Of each job to come; the panel's own where it is left out. */
  passes?: number;
  variants?: number;
};

export async function openPlayground(
  browser: Browser,
  origin: string,
  { passes, variants, ...options }: PlaygroundOptions = {},
): Promise<Playground> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  const panel = page.frameLocator('section.panel iframe');
  let standIn: JSHandle<StandIn> | undefined;
  const held = () => {
    if (!standIn) throw new Error('the playground is not there yet');
    return standIn;
  };
  const dataOf = (id: string, key: string) =>
    held().evaluate(async ({ figma }, wanted) => (await figma.getNodeByIdAsync(wanted.id))?.getPluginData(wanted.key), {
      id,
      key,
    });

  const playground: Playground = {
    page,
    panel,
    problems,
    get standIn() {
      return held();
    },
    async frame() {
      const element = await page.waitForSelector('section.panel iframe');
      const frame = await element.contentFrame();
      if (!frame) throw new Error('the panel has no page');
      return frame;
    },
    addImage: (bytes, box = {}, name = 'Image') =>
      held().evaluate(({ user }, image) => user.addImage(image.bytes, image.box, image.name), {
        bytes: new Uint8Array(bytes),
        box,
        name,
      }),
    select: (...ids) => held().evaluate(({ user }, chosen) => user.select(chosen), ids),
    async node(id) {
      const node = await held().evaluate(({ document }, wanted) => document.node(wanted), id);
      if (!node) throw new Error(`there is no node ${id}`);
      return node;
    },
    topLevel: () =>
      held().evaluate(({ document }) =>
        document.children(document.currentPage()).flatMap((id) => document.node(id) ?? []),
      ),
    async pixelsOf(id) {
      const bytes = await held().evaluate(({ document }, wanted) => {
        const fill = document.node(wanted)?.fills.findLast(({ type }) => type === 'IMAGE');
        return fill?.type === 'IMAGE' && fill.imageHash ? document.image(fill.imageHash)?.bytes : undefined;
      }, id);
      if (!bytes) throw new Error(`${id} has no picture`);
      return bytes;
    },
    async recipeOf(id) {
      const text = await dataOf(id, 'recipe');
      return text ? recipe.parse(JSON.parse(text)) : undefined;
    },
    async jobOf(row) {
      const text = await dataOf(row, 'job');
      return text ? trackedJob.parse(JSON.parse(text)).job : undefined;
    },
    async catchUp() {
      const frame = await playground.frame();
      await waitFor(async () => {
        const message = toPanel.safeParse(await frame.evaluate(() => Reflect.get(window, 'heardOfSelection')));
        return message.data?.type === 'selected' && held().evaluate(isAbout, message.data.subject);
      }, 'the panel to follow the selection');
    },
    async choose(group, option) {
      await playground.catchUp();
      const radio = panel.getByRole('radiogroup', { name: group }).getByRole('radio', { name: option, exact: true });
      // the circle itself is drawn over by its label
      await radio.locator('xpath=ancestor::label').click();
      await waitFor(() => radio.isChecked(), `${option} to be chosen`);
    },
    async setPasses(passes) {
      // folded, it says what was set
      const more = panel.getByText(/^More( ·|$)/);
      const field = panel.getByRole('textbox', { name: 'Passes' });
      const isFolded = (await field.count()) === 0;
      if (isFolded) await more.click();
      await field.fill(String(passes));
      if (isFolded) await more.click();
    },
    async press(button) {
      await playground.catchUp();
      await panel.getByRole('button', { name: button, exact: true }).click();
    },
    async start(button) {
      const before = await rowsOf(held());
      await playground.press(button);
      let row: string | undefined;
      await waitFor(async () => {
        row = (await rowsOf(held())).find((id) => !before.includes(id));
        return row !== undefined;
      }, 'a row of placeholders');
      return row ?? '';
    },
    async finish() {
      const job = jobsIn(panel).last();
      let text = '';
      await waitFor(async () => {
        if ((await job.count()) === 0 || (await job.getByRole('progressbar').count()) > 0) return false;
        text = await job.innerText();
        return true;
      }, 'the end of the job');
      if ((await job.getByRole('alert').count()) > 0) throw new Error(`the job failed: ${text}`);
      return text;
    },
    async wait() {
      await page.waitForFunction(() => window.toilePlayground !== undefined);
      standIn = await page.evaluateHandle(() => {
        if (!window.toilePlayground) throw new Error('the playground is not there');
        return window.toilePlayground.standIn;
      });
      await panel.getByRole('button', { name: /^(Settings|设置|Back|返回)$/ }).waitFor();
      await panel.getByText(/^(Starting…|正在启动…)$/).waitFor({ state: 'detached' });
    },
    close: () => context.close(),
  };
  // heard beside the panel, to know when it has caught up with the canvas
  await page.addInitScript(() => {
    addEventListener('message', ({ data }) => {
      if (data?.pluginMessage?.type === 'selected') Object.assign(window, { heardOfSelection: data.pluginMessage });
    });
  });
  await page.goto(origin);
  await playground.wait();
  if (passes !== undefined) await playground.setPasses(passes);
  if (variants !== undefined) await playground.choose('Variants', String(variants));
  return playground;
}

export function jobsIn(panel: FrameLocator): Locator {
  return panel.getByRole('list', { name: 'Jobs' }).getByRole('listitem');
}

/** Polls until it is so; there is nothing on the page to wait for. */
export async function waitFor(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${PATIENCE} ms in vain for ${what}`);
    await delay(50);
  }
}

/** Whether what the panel has heard last is of this selection. Runs in the page. */
function isAbout({ document }: StandIn, heard: Subject): boolean {
  if (heard.kind === 'unusable') return false;
  const selected = document.selection();
  const main = heard.kind === 'nothing' ? heard.frame : heard.target;
  const shapes = 'shapes' in heard ? heard.shapes : [];
  const other = 'other' in heard ? [heard.other] : [];
  // shapes that are selected alone bring their picture with them
  const alone = selected.length > 0 && selected.every((id) => shapes.some((shape) => shape.id === id));
  const named = [...shapes, ...other, ...(main && !alone ? [main] : [])].map(({ id }) => id);
  const chain = (id: string): string[] => {
    const parent = document.node(id)?.parent;
    return [id, ...(parent ? chain(parent) : [])];
  };
  // a frame may be there for the picture in it
  const isSelected = (id: string) => chain(id).some((each) => selected.includes(each));
  const isNamed = (id: string) => named.some((each) => chain(each).includes(id));
  return named.every(isSelected) && selected.every(isNamed);
}

/** Rows of results, wherever they lie. */
function rowsOf(standIn: JSHandle<StandIn>): Promise<string[]> {
  return standIn.evaluate(({ figma }) =>
    figma.currentPage
      .findAllWithCriteria({ types: ['FRAME'] })
      .filter((frame) => frame.getPluginData('begun') !== '')
      .map(({ id }) => id),
  );
}
