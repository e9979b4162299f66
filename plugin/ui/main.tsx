/** The panel: names what it is made of, and starts it. */
import '@create-figma-plugin/ui/css/base.css';
import './colours.css';
import './panel.css';
import { render } from 'preact';
import { bridge } from './bridge.js';
import { browser } from './doctor/find-block.js';
import { makeTicket } from './jobs/ticket.js';
import { createPanel } from './panel.js';
import { draw } from './pictures/draw.js';
import { refuseFiles } from './refuse-files.js';
import { createStore } from './store.js';
import { followTheme } from './theme.js';
import { App } from './views/app.js';
import { PanelProvider } from './views/panel-context.js';

followTheme();
refuseFiles();

const panel = createPanel({
  store: createStore(),
  send: bridge.say,
  draw,
  makeTicket,
  surroundings: browser,
  language: navigator.language,
  makeUrl: (bytes) => URL.createObjectURL(new Blob([new Uint8Array(bytes)])),
  dropUrl: (url) => URL.revokeObjectURL(url),
});

const root = document.getElementById('panel');
if (root) {
  render(
    <PanelProvider panel={panel}>
      <App />
    </PanelProvider>,
    root,
  );
}
bridge.listen(panel.hear, panel.puzzled);
panel.open();
