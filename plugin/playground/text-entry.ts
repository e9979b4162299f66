/** A field on the canvas into which a text is typed where it shall stand. */
import { place, type Point } from '../affine.js';
import { viewTransform } from './camera.js';
import type { Desk } from './desk.js';
import { element } from './dom.js';
import { placeText } from './place-shape.js';
import { say } from './texts.js';

/** @param done called when the field has gone, so that the canvas has the keys again */
export function askForText(space: HTMLElement, desk: Desk, { at, done }: { at: Point; done: () => void }): void {
  const screen = place(viewTransform(desk.standIn.document.viewport()), at);
  let ended = false;
  const end = (keep: boolean) => {
    if (ended) return;
    ended = true;
    const characters = field.value.trim();
    field.remove();
    if (keep && characters !== '') placeText(desk, at, characters);
    desk.setTool('move');
    done();
  };
  const field = element('input', {
    class: 'text-entry',
    attributes: { type: 'text', 'aria-label': say('text'), placeholder: say('textPlaceholder') },
    on: {
      blur: () => end(true),
      keydown: (event) => {
        event.stopPropagation();
        if (event.key === 'Enter' || event.key === 'Escape') end(event.key === 'Enter');
      },
    },
  });
  field.style.left = `${screen.x}px`;
  field.style.top = `${screen.y}px`;
  space.append(field);
  field.focus();
}
