/**
 * Runs the plugin's main bundle, each time in a hidden frame of its own: taking the frame away is what closing a plugin
 * is in Figma, and ends its timers and whatever it waits for.
 */

const BUNDLE = '/plugin/main.js';

export type PluginRun = { end(): void };

type Told = { loaded: () => void; missing: (path: string) => void };

/** @param globals what Figma gives a plugin: `figma` and `__html__` */
export function runPlugin(globals: { figma: unknown; __html__: string }, told: Told): PluginRun {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.title = 'Toile';
  frame.addEventListener('load', () => start(frame, globals, told), { once: true });
  document.body.append(frame);
  return { end: () => frame.remove() };
}

function start(frame: HTMLIFrameElement, globals: object, told: Told): void {
  const { contentWindow: view, contentDocument: page } = frame;
  if (!view || !page) return;
  // bytes that come from this page shall be bytes over there, for `instanceof`
  Object.assign(view, globals, { Uint8Array, ArrayBuffer });
  const script = page.createElement('script');
  script.src = BUNDLE;
  script.addEventListener('load', told.loaded);
  script.addEventListener('error', () => told.missing(BUNDLE));
  page.head.append(script);
}
