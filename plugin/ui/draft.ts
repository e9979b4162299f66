/** Words that were typed and not sent: closing the plugin would lose them, so they are kept until they are. */
import type { Draft } from '../messages.js';
import { firstControls, hasWords, restoreControls, type Controls } from './controls.js';
import type { Order } from './jobs/order.js';
import type { State } from './state.js';

type Words = Controls['words'];

export function draftOf({ controls, knownWords }: Pick<State, 'controls' | 'knownWords'>): Draft {
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

/** What a job is made of lies with its row. */
export function learn(known: Words, order: Order | undefined): Words {
  if (!order || !hasWords(order.task)) return known;
  return { ...known, [order.task]: order.controls.words[order.task] };
}

/** Of a job that failed nothing may stay but the words in their field. */
export function forget(known: Words, order: Order | undefined): Words {
  if (!order || !hasWords(order.task) || known[order.task] !== order.controls.words[order.task]) return known;
  return { ...known, [order.task]: '' };
}

/** What a recipe puts in the place of other words. */
export function learnChanged({ controls, knownWords }: Pick<State, 'controls' | 'knownWords'>, words: Words): Words {
  const before: Draft = controls.words;
  return put(knownWords, Object.fromEntries(Object.entries(words).filter(([task, text]) => text !== before[task])));
}

/** Of other tasks, and longer than may be, there is nothing to put. */
function put(words: Words, over: Draft): Words {
  return restoreControls({ words: { ...words, ...over } }, { ...firstControls, words }).words;
}
