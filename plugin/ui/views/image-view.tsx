/** One picture: its neighbours, words over it, more around it, or others like it. */
import type { NodeInfo } from '../../messages.js';
import { imageTasks } from '../controls.js';
import { ExpandFields } from './expand-fields.js';
import { Choice, Share } from './fields.js';
import styles from './fields.module.css';
import { MoreControls } from './more-controls.js';
import { usePanel } from './panel-context.js';
import { ResultCard } from './result-card.js';
import shell from './shell.module.css';
import { TaskWords, Variants } from './task-fields.js';

export function ImageView({ target }: { target: NodeInfo }) {
  const { panel, state, say } = usePanel();
  const { imageTask, strength } = state.controls;
  return (
    <>
      {target.recipe && <ResultCard node={target.id} recipe={target.recipe} />}
      <div class={shell.tight}>
        <Choice
          label={say('task.choose')}
          value={imageTask}
          options={imageTasks.map((value) => ({ value, text: say(`task.${value}`) }))}
          wide
          onValue={(value) => panel.set({ imageTask: value })}
        />
        <p class={shell.quiet}>{say(`task.about-${imageTask}`)}</p>
      </div>
      {imageTask === 'vary' && (
        <div>
          <Share
            label={say('field.strength')}
            value={strength}
            least={0.05}
            onValue={(value) => panel.set({ strength: value })}
          />
          <div class={styles.ends} aria-hidden="true">
            <span>{say('field.strength-low')}</span>
            <span>{say('field.strength-high')}</span>
          </div>
        </div>
      )}
      {imageTask === 'expand' && <ExpandFields target={target} />}
      {imageTask === 'words' && <TaskWords task="words" example={say('examples.2')} />}
      {imageTask === 'expand' && <TaskWords task="expand" example={say('examples.4')} />}
      {imageTask === 'reference' && <TaskWords task="reference" example={say('examples.3')} />}
      <Variants />
      <MoreControls />
    </>
  );
}
