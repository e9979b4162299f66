/** Something went wrong outside any job. */
import { IconButton, IconCross32 } from '@create-figma-plugin/ui';
import { focusNext } from './focus-next.js';
import { usePanel } from './panel-context.js';
import { ProblemText } from './problem-text.js';
import styles from './jobs.module.css';
import { plainButton } from './plain-button.js';

export function Notice() {
  const { panel, state, say } = usePanel();
  if (!state.notice) return null;
  const name = say('app.title');
  return (
    <div class={styles.job}>
      <div class={styles.head}>
        <span class={styles.name}>{name}</span>
        <IconButton
          {...plainButton}
          aria-label={say('job.dismiss', { name })}
          onClick={() => {
            panel.store.act({ type: 'notice', notice: undefined });
            focusNext();
          }}
        >
          <IconCross32 />
        </IconButton>
      </div>
      <ProblemText problem={state.notice} />
    </div>
  );
}
