/** A result over what it was made from, as large as there is room for. */
import { usePanel } from './panel-context.js';
import { CompareStage } from './compare-stage.js';
import styles from './compare.module.css';
import { ProblemText } from './problem-text.js';
import shell from './shell.module.css';
import { SideView } from './side-view.js';
import { variantName } from './variant-name.js';

export function CompareView() {
  const { panel, state, say } = usePanel();
  const { comparison } = state;
  const { target, pictures, problem } = comparison ?? {};
  return (
    <SideView title={say('compare.title')}>
      <div class={styles.view}>
        {!comparison && <p class={shell.quiet}>{say('compare.loading')}</p>}
        {problem && (
          <div>
            <ProblemText problem={problem} {...(state.subject.kind === 'image' && { retry: panel.compare })} />
          </div>
        )}
        {comparison && !pictures && !problem && <p>{say('compare.lost')}</p>}
        {pictures && <CompareStage {...pictures} />}
        {target && pictures && (
          <div class={styles.names} role="status">
            <p>
              <strong>{say('compare.before')}</strong> {target.madeFrom && variantName(target.madeFrom, say)}
            </p>
            <p>
              <strong>{say('compare.after')}</strong> {variantName(target, say)}
            </p>
          </div>
        )}
      </div>
    </SideView>
  );
}
