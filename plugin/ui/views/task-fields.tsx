/** The fields that several tasks share. */
import { MAX_VARIANTS } from '../../../shared/limits.js';
import type { WordsTask } from '../controls.js';
import { looksUnread } from '../foreign-words.js';
import { Count, Words } from './fields.js';
import { usePanel } from './panel-context.js';

export function TaskWords({ task, example, hint }: { task: WordsTask; example: string; hint?: string | undefined }) {
  const { panel, state, say } = usePanel();
  const { words } = state.controls;
  return (
    <Words
      label={say(`words.${task}`)}
      placeholder={say('words.example', { example })}
      value={words[task]}
      hint={looksUnread(state, task) ? say('words.english') : hint}
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
