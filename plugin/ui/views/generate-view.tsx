/** A garment from words, or whatever the model comes up with. */
import { Button } from '@create-figma-plugin/ui';
import styles from './fields.module.css';
import { MoreControls } from './more-controls.js';
import { usePanel } from './panel-context.js';
import shell from './shell.module.css';
import { TaskWords, Variants } from './task-fields.js';
import { plainButton } from './plain-button.js';

const examples = ['examples.1', 'examples.2', 'examples.3', 'examples.4'] as const;

export function GenerateView() {
  const { panel, state, say } = usePanel();
  const { words } = state.controls;
  const fill = (text: string) => {
    panel.set({ words: { ...words, generate: text } });
    document.querySelector('textarea')?.focus();
  };
  return (
    <>
      {state.restored?.task === 'generate' && state.restored.seed !== undefined && (
        <p class={shell.quiet} role="status">
          {say('result.restored-generate')}
        </p>
      )}
      <TaskWords
        task="generate"
        example={say('examples.1')}
        hint={words.generate.trim() === '' ? say('words.generate-empty') : undefined}
      />
      <div class={styles.chips} role="group" aria-label={say('words.examples')}>
        {examples.map((key) => (
          <Button key={key} {...plainButton} secondary onClick={() => fill(say(key))}>
            {say(key)}
          </Button>
        ))}
      </div>
      <Variants />
      <MoreControls />
    </>
  );
}
