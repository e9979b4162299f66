/** Says for screen readers what is selected, since a canvas says nothing by itself. */
import type { DrawnNode } from '../stand-in/index.js';
import type { Desk } from './desk.js';
import { element } from './dom.js';
import { isContainer, isPicture, nodesOf } from './scene.js';
import { say, type TextKey } from './texts.js';

export function createAnnouncer(page: HTMLElement, desk: Desk): void {
  const region = element('div', { class: 'unseen', attributes: { 'aria-live': 'polite' } });
  page.append(region);
  let told = '';
  desk.onChange(() => {
    const { document } = desk.standIn;
    const key = document.selection().join();
    if (key === told) return;
    told = key;
    region.textContent = describeSelection(nodesOf(document, document.selection()));
  });
}

function describeSelection(nodes: readonly DrawnNode[]): string {
  const [only] = nodes;
  if (!only) return say('nothingSelected');
  if (nodes.length > 1) return say('selectedMany', { count: nodes.length, names: nodes.map((n) => n.name).join(', ') });
  const { name, width, height } = only;
  return say('selectedOne', {
    name,
    type: say(typeOf(only)),
    width: Math.round(width),
    height: Math.round(height),
  });
}

function typeOf(node: DrawnNode): TextKey {
  if (isPicture(node)) return 'typeImage';
  if (node.type === 'GROUP') return 'typeGroup';
  if (isContainer(node)) return 'typeFrame';
  return node.type === 'TEXT' ? 'typeText' : 'typeShape';
}
