/** The fields that several tasks share. */
import { MAX_PROMPT, MAX_VARIANTS } from '../../../shared/limits.js';
import type { WordsTask } from '../controls.js';
import { looksUnread } from '../foreign-words.js';
import { Count, Words } from './fields.js';
import { usePanel } from './panel-context.js';

export function TaskWords({ task, example, hint }: { task: WordsTask; example: string; hint?: string | undefined }) {
  const { panel, state, say } = usePanel();
  const { words } = state.controls;
  const hintFor = () => {
    // what is pasted is cut without a word of the browser's
    if (words[task].length >= MAX_PROMPT) return say('words.most', { n: MAX_PROMPT });
    return looksUnread(state, task) ? say('words.english') : hint;
  };
  return (
    <Words
      label={say(`words.${task}`)}
      placeholder={say('words.example', { example })}
      value={words[task]}
      hint={hintFor()}
      onValue={(text) => panel.set({ words: { ...words, [task]: text } })}
    />
  );
}

export function Variants() {
  const { panel, state, say } = usePanel();
  return (
    <Count
      label={say('field.variants')}
      value={state.controls.variants}
      least={1}
      most={MAX_VARIANTS}
      onValue={(variants) => panel.set({ variants })}
    />
  );
}
