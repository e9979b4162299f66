/** A button that opens a list of actions, as menus go by keyboard: arrows, Home, End, Escape, first letters. */
import { element, icon, type IconName } from './dom.js';

export type MenuItem = { label: string; keys?: string; run: () => void; disabled?: boolean } | 'line';

export type MenuOptions = { label: string; icon?: IconName; items: () => MenuItem[] };

export function createMenu({ label, icon: iconName, items }: MenuOptions): HTMLElement {
  const list = element('div', {
    class: 'menu-list',
    attributes: { role: 'menu', 'aria-label': label },
    on: { keydown: steer },
  });
  list.hidden = true;
  const button = element(
    'button',
    {
      class: 'menu-button',
      attributes: { type: 'button', 'aria-haspopup': 'menu', 'aria-expanded': 'false' },
      on: { click: () => (list.hidden ? open() : shut()), keydown: openByArrow },
    },
    iconName && icon(iconName),
    element('span', { text: label }),
    icon('chevron'),
  );
  const whole = element('div', { class: 'menu' }, button, list);
  whole.addEventListener('focusout', ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && whole.contains(relatedTarget))) shut();
  });
  return whole;

  function open(): void {
    list.replaceChildren(...items().map(toElement));
    list.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    choices()[0]?.focus();
  }

  function shut(): void {
    list.hidden = true;
    button.setAttribute('aria-expanded', 'false');
  }

  function toElement(item: MenuItem): HTMLElement {
    if (item === 'line') return element('div', { class: 'menu-line', attributes: { role: 'separator' } });
    return element(
      'button',
      {
        class: 'menu-item',
        attributes: { type: 'button', role: 'menuitem', tabindex: -1, disabled: item.disabled },
        on: {
          click: () => {
            shut();
            button.focus();
            item.run();
          },
        },
      },
      element('span', { text: item.label }),
      item.keys === undefined ? undefined : element('kbd', { text: item.keys }),
    );
  }

  function choices(): HTMLElement[] {
    return [...list.querySelectorAll<HTMLElement>('button:not(:disabled)')];
  }

  function openByArrow(event: KeyboardEvent): void {
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    event.stopPropagation();
    open();
  }

  function steer(event: KeyboardEvent): void {
    event.stopPropagation();
    const all = choices();
    const at = all.findIndex((choice) => choice === document.activeElement);
    if (event.key === 'Escape') {
      shut();
      button.focus();
      return;
    }
    const to = nextOf(event.key, at, all);
    if (!to) return;
    event.preventDefault();
    to.focus();
  }
}

function nextOf(key: string, at: number, all: HTMLElement[]): HTMLElement | undefined {
  if (key === 'ArrowDown') return all[(at + 1) % all.length];
  if (key === 'ArrowUp') return all[(at - 1 + all.length) % all.length];
  if (key === 'Home') return all[0];
  if (key === 'End') return all.at(-1);
  if (key.length !== 1) return undefined;
  const later = [...all.slice(at + 1), ...all.slice(0, at + 1)];
  return later.find((choice) => choice.textContent?.toLowerCase().startsWith(key.toLowerCase()));
}
