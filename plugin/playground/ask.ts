/** A question with two answers, over the page. */
import { element } from './dom.js';

export function ask(question: string, answers: { yes: string; no: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (value: string) => () => dialog.close(value);
    const dialog = element(
      'dialog',
      { class: 'ask', attributes: { 'aria-labelledby': 'ask-question' } },
      element('p', { text: question, attributes: { id: 'ask-question' } }),
      element(
        'div',
        { class: 'ask-answers' },
        element('button', { text: answers.no, attributes: { type: 'button' }, on: { click: answer('no') } }),
        element('button', {
          class: 'strong',
          text: answers.yes,
          attributes: { type: 'button' },
          on: { click: answer('yes') },
        }),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
