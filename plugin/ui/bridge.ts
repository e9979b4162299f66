/** The wire to the plugin's other half. What comes in is checked; what isn't understood is told, not dropped. */
import type { ToPanel, ToSandbox } from '../messages.js';
import { toPanel } from '../to-panel.js';

export type Bridge = {
  say(message: ToSandbox): void;
  listen(hear: (message: ToPanel) => void, puzzled: (detail: string) => void): void;
};

export const bridge: Bridge = {
  say(message) {
    parent.postMessage({ pluginMessage: message }, '*');
  },
  listen(hear, puzzled) {
    window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== 'object' || data === null || !('pluginMessage' in data)) return;
      const message = toPanel.safeParse(data.pluginMessage);
      if (message.success) hear(message.data);
      else puzzled(message.error.issues.map(({ path, message: what }) => `${path.join('.')}: ${what}`).join('; '));
    });
  },
};
