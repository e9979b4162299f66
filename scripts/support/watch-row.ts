/** When a button in the panel is clicked, and when the pictures of the row that it brings are on the canvas. */
import type { Page } from 'playwright-core';
import type { Moments } from './ask-directly.js';

/** Resolves once every place of the next row has its picture. Begin before the click. */
export async function watchRow(page: Page): Promise<() => Promise<Moments & { clicked: number }>> {
  const panel = page.frames().find((frame) => frame.url().includes('/plugin/ui.html'));
  if (!panel) throw new Error('the panel is not open');
  const click = await panel.evaluateHandle(() => {
    const heard: { at?: number } = {};
    addEventListener('click', () => (heard.at = Date.now()), { capture: true, once: true });
    return heard;
  });
  const row = await page.evaluateHandle(waitForRow);
  return async () => {
    const moments = await row.evaluate(({ whole }) => whole);
    const clicked = await click.evaluate(({ at }) => at);
    if (clicked === undefined) throw new Error('nothing in the panel was clicked');
    return { ...moments, clicked };
  };
}

/** Runs in the page. In an object, since a promise by itself would be waited for. */
function waitForRow(): { whole: Promise<Moments> } {
  const standIn = window.toilePlayground?.standIn;
  if (!standIn) throw new Error('this is not the playground');
  const { document: file } = standIn;
  const before = new Set(file.children(file.currentPage()));
  const whole = new Promise<Moments>((resolve) => {
    let firstPreview: number | undefined;
    let ended = false;
    const look = () => {
      const row = file.children(file.currentPage()).find((id) => !before.has(id) && file.node(id)?.isAutoLayout);
      const places = row === undefined ? [] : file.children(row).map((id) => file.node(id));
      const shown = places.filter((place) =>
        place?.fills.some(({ type, visible }) => type === 'IMAGE' && visible !== false),
      );
      // a result has buttons, a preview none
      const landed = places.length > 0 && places.every((place) => Object.keys(place?.relaunch ?? {}).length > 0);
      // two frames later what was decoded and drawn is on the screen
      const drawn = (then: (at: number) => void) =>
        requestAnimationFrame(() => requestAnimationFrame(() => then(Date.now())));
      if (shown.length > 0) drawn((at) => (firstPreview ??= at));
      if (!landed || ended) return;
      ended = true;
      stop();
      drawn((at) => resolve({ firstPreview: firstPreview ?? at, lastVariant: at }));
    };
    const stop = standIn.onEvent(look);
  });
  return { whole };
}
