/** Inside the shapes over a picture: words, another picture's pattern or details, or what fits the surroundings. */
import { Toggle } from '@create-figma-plugin/ui';
import { nodesOf } from '../jobs/order.js';
import { plainName } from '../plain-name.js';
import { Choice } from './fields.js';
import styles from './fields.module.css';
import { MoreControls } from './more-controls.js';
import { PatternFields } from './pattern-fields.js';
import { usePanel } from './panel-context.js';
import shell from './shell.module.css';
import { TaskWords, Variants } from './task-fields.js';

export function EditView() {
  const { panel, state, say } = usePanel();
  const { lock, otherUse, words } = state.controls;
  const { other } = nodesOf(state.subject);
  const otherName = other && say('field.other-use', { name: plainName(other) });
  const opacity = Math.round(100 * (('opacity' in state.subject ? state.subject.opacity : undefined) ?? 1));
  const alone = words.edit.trim() === '' && !other && !lock;
  return (
    <>
      <TaskWords task="edit" example={say('examples.edit')} hint={alone ? say('words.edit-empty') : undefined} />
      {otherName !== undefined && (
        <div class={shell.tight}>
          <p class={styles.label} style={{ overflowWrap: 'anywhere' }}>
            {otherName}
          </p>
          <Choice
            label={otherName}
            value={otherUse}
            options={[
              { value: 'pattern', text: say('field.other-pattern') },
              { value: 'tokens', text: say('field.other-tokens') },
            ]}
            onValue={(value) => panel.set({ otherUse: value })}
          />
        </div>
      )}
      {other && otherUse === 'pattern' && <PatternFields />}
      <div class={`${shell.tight} ${styles.toggle}`}>
        <Toggle value={lock} onValueChange={(value) => panel.set({ lock: value })}>
          {say('field.lock')}
        </Toggle>
        {lock && <p class={shell.quiet}>{say('field.lock-about')}</p>}
        {opacity < 100 && (
          <p class={shell.quiet}>{say(lock ? 'field.opacity-lock' : 'field.opacity', { n: opacity })}</p>
        )}
      </div>
      <Variants />
      <MoreControls />
    </>
  );
}
