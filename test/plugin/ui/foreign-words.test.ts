/** What is guessed of words while they are typed gives way to what is known of them. */
import { expect, it } from 'vitest';
import { firstControls, type Controls } from '../../../plugin/ui/controls.js';
import { looksUnread } from '../../../plugin/ui/foreign-words.js';
import type { Job, Phase } from '../../../plugin/ui/jobs/job.js';
import { makeOrder } from '../../../plugin/ui/jobs/order.js';
import { firstState } from '../../../plugin/ui/state.js';

const withWords = (generate: string): Controls => ({
  ...firstControls,
  words: { ...firstControls.words, generate },
});
const ended = (words: string, phase: Phase): Job => {
  const order = makeOrder({ kind: 'nothing' }, 'generate', withWords(words), (task) => task);
  return { ticket: 't', name: words, count: 1, landed: 1, phase, redrawn: false, order };
};
const guess = (typed: string, ...jobs: Job[]) =>
  looksUnread({ ...firstState, controls: withWords(typed), jobs }, 'generate');

it('looks unread in letters that English has not, and in no others', () => {
  expect(['海军蓝 polo', 'синее', 'β-dress'].map((typed) => guess(typed))).toEqual([true, true, true]);
  expect(['', '“café” – navy 2×1', 'appliqué 👗'].map((typed) => guess(typed))).toEqual([false, false, false]);
});

it('is left to the job that has ended with the same words, whatever that says of them', () => {
  expect(guess('海军蓝 polo ', ended('海军蓝 polo', { state: 'done', unfamiliar: ['海军蓝'] }))).toBe(false);
  expect(guess('海军蓝 polo', ended('海军蓝 polo', { state: 'done', unfamiliar: [] }))).toBe(false);
});

it('is a guess still where that job runs, has failed or can’t tell, where other words are typed, and in another field', () => {
  const done = ended('海军蓝 polo', { state: 'done', unfamiliar: ['海军蓝'] });
  expect(guess('海军蓝 polo', ended('海军蓝 polo', { state: 'running', progress: 0.5 }))).toBe(true);
  expect(guess('海军蓝 polo', ended('海军蓝 polo', { state: 'cancelled' }))).toBe(true);
  expect(guess('海军蓝 polo', ended('海军蓝 polo', { state: 'done' }))).toBe(true);
  expect(guess('海军蓝 shirt', done)).toBe(true);
  const controls = { ...firstControls, words: { ...firstControls.words, edit: '海军蓝 polo' } };
  expect(looksUnread({ ...firstState, controls, jobs: [done] }, 'edit')).toBe(true);
});
