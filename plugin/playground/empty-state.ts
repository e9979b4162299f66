/** What an empty canvas says: two ways to begin. */
import type { Desk } from './desk.js';
import { element, icon, type IconName } from './dom.js';
import { readSituation } from './situation.js';
import { say, type TextKey } from './texts.js';

export function createEmptyState(
  space: HTMLElement,
  desk: Desk,
  options: { describe: () => void; choosePicture: () => void },
): void {
  const shown = element(
    'section',
    { class: 'empty', attributes: { 'aria-labelledby': 'empty-title' } },
    element('h1', { text: say('emptyTitle'), attributes: { id: 'empty-title' } }),
    element('p', { text: say('emptyLead') }),
    element(
      'div',
      { class: 'empty-ways' },
      way({ icon: 'words', title: 'emptyDescribe', more: 'emptyDescribeMore', run: options.describe }),
      way({ icon: 'image', title: 'emptyPicture', more: 'emptyPictureMore', run: options.choosePicture }),
    ),
  );
  space.append(shown);
  const show = () => {
    shown.hidden = readSituation(desk.standIn.document) !== 'empty' || desk.draft !== undefined;
  };
  desk.onChange(show);
  show();
}

function way(about: { icon: IconName; title: TextKey; more: TextKey; run: () => void }): HTMLElement {
  return element(
    'button',
    { class: 'empty-way', attributes: { type: 'button' }, on: { click: about.run } },
    icon(about.icon),
    element('span', {}, element('strong', { text: say(about.title) }), element('small', { text: say(about.more) })),
  );
}
