/** Two pictures: the cloth of one over the other, or the steps between them. */
import { IconButton, IconSwap32 } from '@create-figma-plugin/ui';
import { MAX_STEPS } from '../../../shared/limits.js';
import type { NodeInfo } from '../../messages.js';
import { pairTasks } from '../controls.js';
import { Choice, Count, Share } from './fields.js';
import { plainName } from '../plain-name.js';
import { MoreControls } from './more-controls.js';
import styles from './pair.module.css';
import { usePanel } from './panel-context.js';
import { PatternFields } from './pattern-fields.js';
import shell from './shell.module.css';
import { Thumbnail } from './subject-title.js';
import { TaskWords, Variants } from './task-fields.js';
import { plainButton } from './plain-button.js';

export function PairView({ target, other }: { target: NodeInfo; other: NodeInfo }) {
  const { panel, state, say } = usePanel();
  const { pairTask, steps, silhouette, texture } = state.controls;
  const names = { target: plainName(target), other: plainName(other) };
  return (
    <>
      <Choice
        label={say('task.choose-pair')}
        value={pairTask}
        options={pairTasks.map((value) => ({ value, text: say(`task.${value}`) }))}
        onValue={(value) => panel.set({ pairTask: value })}
      />
      <div class={styles.pair}>
        <figure>
          <Thumbnail node={target.id} />
          <figcaption>{names.target}</figcaption>
        </figure>
        <IconButton
          {...plainButton}
          aria-label={say('field.swap')}
          title={say('field.swap')}
          onClick={() => panel.swap()}
        >
          <IconSwap32 />
        </IconButton>
        <figure>
          <Thumbnail node={other.id} />
          <figcaption>{names.other}</figcaption>
        </figure>
      </div>
      <p class={shell.quiet}>{say(`task.about-${pairTask}`)}</p>
      {pairTask === 'pattern' && (
        <>
          <PatternFields />
          <TaskWords task="pattern" example={say('examples.edit')} />
          <Variants />
        </>
      )}
      {pairTask === 'mix' && (
        <>
          <Count
            label={say('field.steps')}
            value={steps}
            least={3}
            most={MAX_STEPS}
            onValue={(n) => panel.set({ steps: n })}
          />
          <div class={styles.strip} role="img" aria-label={say('mix.strip', names)}>
            {Array.from({ length: steps }, (_, n) => (
              <span key={n} style={{ '--share': `${(100 * n) / (steps - 1)}%` }} />
            ))}
          </div>
          <p class={shell.quiet}>{say('mix.about-shares')}</p>
          <Share label={say('field.silhouette')} value={silhouette} onValue={(n) => panel.set({ silhouette: n })} />
          <Share label={say('field.texture')} value={texture} onValue={(n) => panel.set({ texture: n })} />
        </>
      )}
      <MoreControls />
    </>
  );
}
