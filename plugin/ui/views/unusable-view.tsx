/** A selection that nothing can be done with: why, and the one thing to do. */
import { Button } from '@create-figma-plugin/ui';
import type { Subject } from '../../messages.js';
import { usePanel } from './panel-context.js';
import styles from './shell.module.css';
import { plainButton } from './plain-button.js';

export function UnusableView({ reason }: { reason: Extract<Subject, { kind: 'unusable' }>['reason'] }) {
  const { panel, say } = usePanel();
  return (
    <div class={styles.empty}>
      <strong>{say(`unusable.${reason}`)}</strong>
      <p>{say(`unusable.${reason}-do`)}</p>
      <Button {...plainButton} secondary onClick={() => panel.makeNew()}>
        {say('unusable.new')}
      </Button>
    </div>
  );
}
