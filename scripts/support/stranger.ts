/** What somebody at the playground does with mouse and keyboard. The document is read to know where pictures lie, never changed. */
import type { FrameLocator, Locator, Page } from 'playwright-core';

/** CSS pixels of the page. */
type ScreenBox = { x: number; y: number; width: number; height: number };

/** The slowest job on a machine that is busy with other work. */
const JOB_MS = 300_000;
const KEY_MS = 40;

export type Stranger = ReturnType<typeof createStranger>;

export function createStranger(page: Page) {
  const panel: FrameLocator = page.frameLocator('iframe[title="Toile panel"]');
  const words: Locator = panel.getByRole('textbox').first();

  return {
    page,
    panel,
    words,

    async type(text: string): Promise<void> {
      await words.click();
      await words.pressSequentially(text, { delay: KEY_MS });
    },

    async press(name: string): Promise<void> {
      await panel.getByRole('button', { name, exact: true }).click();
    },

    async choose(name: string): Promise<void> {
      await panel.getByRole('radio', { name, exact: true }).click();
    },

    /** Waits for words in the panel, and fails with what the panel says instead. */
    async reads(text: RegExp): Promise<void> {
      const failed = panel.getByRole('button', { name: 'Copy details' });
      const found = panel.getByText(text).first();
      await found.or(failed.first()).first().waitFor({ timeout: JOB_MS });
      if (await found.isVisible()) return;
      throw new Error(`the panel says: ${await panel.locator('body').innerText()}`);
    },

    async clickPicture(row: number, index: number, { add = false } = {}): Promise<void> {
      const { x, y, width, height } = await pictureAt(row, index);
      if (add) await page.keyboard.down('Shift');
      await page.mouse.click(x + width / 2, y + height / 2);
      if (add) await page.keyboard.up('Shift');
    },

    /** @param part of the picture, in shares of its sides */
    async drawEllipse(row: number, index: number, part: ScreenBox): Promise<void> {
      const box = await pictureAt(row, index);
      await page
        .getByRole('button', { name: /^Ellipse/ })
        .first()
        .click();
      await page.mouse.move(box.x + part.x * box.width, box.y + part.y * box.height);
      await page.mouse.down();
      const [right, bottom] = [part.x + part.width, part.y + part.height];
      await page.mouse.move(box.x + right * box.width, box.y + bottom * box.height, { steps: 12 });
      await page.mouse.up();
    },

    /** Waits for the picture in a place, a preview at least. */
    async sees(row: number, index: number): Promise<void> {
      await page.waitForFunction(isShown, { row, index }, { timeout: JOB_MS });
    },

    /** Waits for the picture itself. */
    async has(row: number, index: number): Promise<void> {
      await page.waitForFunction(isShown, { row, index, landed: true }, { timeout: JOB_MS });
    },

    async zoomToFit(): Promise<void> {
      await page.getByRole('button', { name: /^Zoom to fit/ }).click();
      // away from the button, which would say its name
      await page.mouse.move(20, 780);
    },
  };

  /** @param row of results, the oldest first */
  async function pictureAt(row: number, index: number): Promise<ScreenBox> {
    const canvas = await page.locator('canvas').first().boundingBox();
    const placed = await page.evaluate(readPicture, { row, index });
    if (!placed || !canvas) throw new Error(`no picture ${index} in row ${row} is on the canvas`);
    return { ...placed, x: placed.x + canvas.x, y: placed.y + canvas.y };
  }
}

/** Runs in the page. */
function isShown({ row, index, landed = false }: { row: number; index: number; landed?: boolean }): boolean {
  const file = window.toilePlayground?.standIn.document;
  const rows = file?.children(file.currentPage()).filter((id) => file.node(id)?.isAutoLayout) ?? [];
  const place = file?.node(file.children(rows[row] ?? '')[index] ?? '');
  // a result has buttons, a preview none
  if (landed && Object.keys(place?.relaunch ?? {}).length === 0) return false;
  return place?.fills.some(({ type, visible }) => type === 'IMAGE' && visible !== false) ?? false;
}

/** Runs in the page. CSS pixels of the canvas. */
function readPicture({ row, index }: { row: number; index: number }): ScreenBox | undefined {
  const file = window.toilePlayground?.standIn.document;
  if (!file) return undefined;
  const rows = file.children(file.currentPage()).filter((id) => file.node(id)?.isAutoLayout);
  const id = file.children(rows[row] ?? '')[index];
  const box = id === undefined ? undefined : file.node(id)?.absoluteBoundingBox;
  if (!box) return undefined;
  const { x, y, zoom, width, height } = file.viewport();
  return {
    x: width / 2 + (box.x - x) * zoom,
    y: height / 2 + (box.y - y) * zoom,
    width: box.width * zoom,
    height: box.height * zoom,
  };
}
