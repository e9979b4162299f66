/** Words that were typed and not sent: closing the plugin would lose them, so they are kept until they are. */
import type { Draft } from '../messages.js';
import { firstControls, hasWords, restoreControls, type Controls } from './controls.js';
import type { Order } from './jobs/order.js';
import type { State } from './state.js';

type Words = Controls['words'];
type Typed = Pick<State, 'controls' | 'knownWords'>;

export function draftOf({ controls, knownWords }: Typed): Draft {
  const known: Draft = knownWords;
  const isTyped = ([task, text]: [string, string]) => text.trim() !== '' && text.trim() !== known[task]?.trim();
  return Object.fromEntries(Object.entries(controls.words).filter(isTyped));
}

/** A draft still, though a row or a result may hold the same words. */
export function bringBack(state: State, draft: Draft): State {
  const unknown = Object.fromEntries(Object.keys(draft).map((task) => [task, '']));
  return {
    ...state,
    controls: { ...state.controls, words: put(state.controls.words, draft) },
    knownWords: put(state.knownWords, unknown),
  };
}

/** What a job is made of lies with its row. What its field has beside that, another job's or typed since, does not. */
export function learn({ controls, knownWords }: Typed, order: Order | undefined): Words {
  if (!order || !hasWords(order.task)) return knownWords;
  const sent = order.controls.words[order.task];
  return controls.words[order.task].trim() === sent.trim() ? { ...knownWords, [order.task]: sent } : knownWords;
}

/** Of a job that came to nothing, nothing may stay but the words in their field, or with the result that it was to be like. */
export function forget(known: Words, order: Order | undefined): Words {
  if (!order || order.again || !hasWords(order.task) || known[order.task] !== order.controls.words[order.task])
    return known;
  return { ...known, [order.task]: '' };
}

/** What a recipe puts in the place of other words. */
export function learnChanged({ controls, knownWords }: Typed, words: Words): Words {
  const before: Draft = controls.words;
  return put(knownWords, Object.fromEntries(Object.entries(words).filter(([task, text]) => text !== before[task])));
}

/** Of other tasks, and longer than may be, there is nothing to put. */
function put(words: Words, over: Draft): Words {
  const putOne = (before: Words, [task, text]: [string, string]) =>
    restoreControls({ words: { ...before, [task]: text } }, { ...firstControls, words: before }).words;
  return Object.entries(over).reduce(putOne, words);
}
