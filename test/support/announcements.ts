/** What a screen reader reads out of the panel's changes. */
import type { Frame } from 'playwright-core';

/** @returns what was read out since then, in order */
export async function writeDownAnnouncements(frame: Frame): Promise<() => Promise<string[]>> {
  await frame.evaluate(listen);
  return async () => {
    const heard: unknown = await frame.evaluate(() => Reflect.get(window, 'announcements'));
    if (!Array.isArray(heard)) throw new Error('nothing was written down');
    return heard.map(String);
  };
}

/** Of a change the nearest part around it that is read as a whole. Runs in the panel. */
function listen(): void {
  const announcements: string[] = [];
  Object.assign(window, { announcements });
  const observer = new MutationObserver((changes) => {
    const wholes = changes.flatMap(({ type, target, addedNodes }) => {
      const changed = type === 'characterData' ? [target] : [...addedNodes];
      return changed.map((node) =>
        (node instanceof Element ? node : node.parentElement)?.closest('[aria-atomic], [role=status]'),
      );
    });
    for (const whole of new Set(wholes))
      if (whole?.closest('[role=status]') && whole.textContent) announcements.push(whole.textContent);
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
}
