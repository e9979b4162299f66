/** The bar at the top: menus, tools, undo, zoom, light and dark, and the button that opens the plugin. */
import { type Action, type ActionName, describe, showKeys, tools } from './actions.js';
import type { Desk } from './desk.js';
import { element, icon, type IconName } from './dom.js';
import { createMenu, type MenuItem } from './menu.js';
import { say } from './texts.js';
import { currentTheme, followTheme, toggleTheme } from './theme.js';

export type TopBar = {
  /** Gives the focus to the tool in hand. */
  focus(): void;
  setPanelOpen(isOpen: boolean): void;
};

export function createTopBar(
  page: HTMLElement,
  desk: Desk,
  options: {
    actions: Record<ActionName, Action>;
    pluginItems: () => MenuItem[];
    openPlugin: () => void;
    canvas: () => HTMLCanvasElement;
  },
): TopBar {
  const { actions, pluginItems, openPlugin } = options;
  const toItem = ({ name, keys, run, isPossible }: Action): MenuItem => ({
    label: say(name),
    run,
    disabled: !(isPossible?.() ?? true),
    ...(keys === undefined ? {} : { keys: showKeys(keys) }),
  });
  const fileMenu = createMenu({
    label: say('fileMenu'),
    icon: 'menu',
    items: () => [
      toItem(actions.newFile),
      toItem(actions.image),
      'line',
      toItem(actions.undo),
      toItem(actions.redo),
      'line',
      toItem(actions.selectAll),
      toItem(actions.duplicate),
      toItem(actions.remove),
      'line',
      toItem(actions.zoomFit),
      toItem(actions.zoomActual),
    ],
  });
  const pluginMenu = createMenu({ label: say('pluginMenu'), icon: 'shirt', items: pluginItems });

  const toolButtons = tools.map(({ tool, key, icon: iconName }) => {
    const button = element(
      'button',
      {
        class: 'tool',
        attributes: { type: 'button', 'data-tip': `${say(tool)}  ${key}`, 'aria-keyshortcuts': key },
        on: {
          click: () => {
            desk.setTool(tool);
            // the next thing is to draw, or by keyboard to press Enter there
            if (tool !== 'move') options.canvas().focus();
          },
        },
      },
      icon(iconName),
      element('span', { text: say(tool) }),
    );
    return { tool, button };
  });
  const pictureButton = element(
    'button',
    {
      class: 'tool',
      attributes: { type: 'button', 'data-tip': describe(actions.image), 'aria-keyshortcuts': 'I' },
      on: { click: () => actions.image.run() },
    },
    icon('image'),
    element('span', { text: say('image') }),
  );
  const toolGroup = element(
    'div',
    { class: 'tools', attributes: { role: 'toolbar', 'aria-label': say('toolbar') }, on: { keydown: steer } },
    ...toolButtons.map(({ button }) => button),
    pictureButton,
  );
  const inToolbar = [...toolButtons.map(({ button }) => button), pictureButton];

  const undo = actionButton(actions.undo);
  const redo = actionButton(actions.redo);
  const zoom = element('button', {
    class: 'zoom-level',
    attributes: { type: 'button', 'data-tip': describe(actions.zoomFit) },
    on: { click: () => actions.zoomFit.run() },
  });
  const theme = element('button', {
    class: 'icon-button',
    attributes: { type: 'button' },
    on: { click: () => toggleTheme() },
  });
  const openButton = element(
    'button',
    { class: 'open-plugin', attributes: { type: 'button' }, on: { click: openPlugin } },
    icon('shirt'),
    element('span', { text: say('openToile') }),
  );
  page.append(
    element(
      'header',
      { class: 'top-bar' },
      element('div', { class: 'left' }, fileMenu, pluginMenu),
      toolGroup,
      element(
        'div',
        { class: 'right' },
        undo,
        redo,
        element('span', { class: 'bar-line' }),
        actionButton(actions.zoomOut),
        zoom,
        actionButton(actions.zoomIn),
        element('span', { class: 'bar-line' }),
        theme,
        openButton,
      ),
    ),
  );

  desk.onChange(show);
  followTheme(() => {
    const next = currentTheme() === 'dark' ? 'light' : 'dark';
    theme.replaceChildren(icon(next === 'dark' ? 'moon' : 'sun'));
    theme.setAttribute('aria-label', say(next));
    theme.setAttribute('data-tip', say(next));
  });
  show();
  return {
    focus: () => toolButtons.find(({ tool }) => tool === desk.tool)?.button.focus(),
    setPanelOpen: (isOpen) => openButton.classList.toggle('quiet', isOpen),
  };

  function show(): void {
    for (const { tool, button } of toolButtons) {
      button.setAttribute('aria-pressed', String(tool === desk.tool));
      button.tabIndex = tool === desk.tool ? 0 : -1;
    }
    pictureButton.tabIndex = -1;
    undo.disabled = !desk.standIn.document.canUndo();
    redo.disabled = !desk.standIn.document.canRedo();
    const percent = `${Math.round(desk.standIn.document.viewport().zoom * 100)}%`;
    if (zoom.textContent !== percent) zoom.textContent = percent;
    zoom.setAttribute('aria-label', `${say('zoomFit')}, ${percent}`);
  }

  /** One stop for Tab, arrows within, as toolbars go. */
  function steer(event: KeyboardEvent): void {
    const at = inToolbar.findIndex((button) => button === document.activeElement);
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0 || at < 0) return;
    event.preventDefault();
    inToolbar[(at + step + inToolbar.length) % inToolbar.length]?.focus();
  }

  function actionButton(action: Action & { icon?: IconName }): HTMLButtonElement {
    const button = element('button', {
      class: 'icon-button',
      attributes: { type: 'button', 'aria-label': say(action.name), 'data-tip': describe(action) },
      on: { click: () => action.run() },
    });
    if (action.icon) button.append(icon(action.icon));
    return button;
  }
}
