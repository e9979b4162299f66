/** Short notices at the foot of the canvas, as figma.notify shows them; read out as they appear. */
import { element } from './dom.js';

const SHOWN_MS = 5000;

export function createToasts(space: HTMLElement): (text: string, options?: { error: boolean }) => void {
  const shelf = element('div', { class: 'toasts', attributes: { role: 'status' } });
  space.append(shelf);
  return (text, { error } = { error: false }) => {
    const toast = element('p', { class: error ? 'toast error' : 'toast', text });
    shelf.replaceChildren(toast);
    setTimeout(() => toast.remove(), SHOWN_MS);
  };
}
