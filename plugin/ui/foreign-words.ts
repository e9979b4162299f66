/** Words in letters that no English word has. */
import type { WordsTask } from './controls.js';
import type { State } from './state.js';

const foreign = /(?!\p{Script=Latin})\p{Letter}/u;

export function isForeign(text: string): boolean {
  return foreign.test(text);
}

/**
 * Whether what is typed looks as if the model could not read it. That is a guess: a job that has ended with the very same
 * words knows, and is listed with those that the model has not learned.
 */
export function looksUnread({ jobs, controls }: Pick<State, 'jobs' | 'controls'>, task: WordsTask): boolean {
  const typed = controls.words[task].trim();
  const isTried = jobs.some(({ phase, order }) => {
    // a model that has no list of words says nothing of them
    const isKnown = phase.state === 'done' && phase.unfamiliar !== undefined;
    return isKnown && order?.task === task && order.controls.words[task].trim() === typed;
  });
  return isForeign(typed) && !isTried;
}
