/** The connection check's stages, each with how it went and its one fix. */
import { Button } from '@create-figma-plugin/ui';
import { useEffect, useState } from 'preact/hooks';
import { copyText } from '../copy-text.js';
import { describeProblem } from '../diagnostics.js';
import { hasTrouble, type Check } from '../doctor/check.js';
import styles from './doctor.module.css';
import { usePanel } from './panel-context.js';
import shell from './shell.module.css';
import { plainButton } from './plain-button.js';

export function DoctorList() {
  const { state, say } = usePanel();
  const [copied, setCopied] = useState(false);
  const { checks, checking } = state;
  useEffect(() => setCopied(false), [checks]);
  const bad = checks.find((check) => check.state === 'bad');
  const good = checks.length > 0 && checks.every((check) => check.state === 'good');
  const copy = () => {
    const text = describeProblem(state, undefined, navigator.userAgent, new Date());
    void copyText(text).then(setCopied);
  };
  return (
    <>
      <ol class={styles.list} aria-busy={checking}>
        {checks.map((check) => (
          <CheckRow key={check.stage} check={check} />
        ))}
      </ol>
      <div role="status" class={shell.hidden}>
        {!checking && good && say('doctor.good')}
        {!checking && bad?.trouble && say(`doctor.${bad.trouble}`)}
      </div>
      {hasTrouble(checks) && (
        <div class={shell.row}>
          <Button {...plainButton} secondary onClick={copy}>
            {say(copied ? 'job.copied' : 'job.copy')}
          </Button>
        </div>
      )}
    </>
  );
}

const marks = { good: 'M3.5 8.5l3 3 6-7', bad: 'M4.5 4.5l7 7m0-7l-7 7', running: 'M4 8h8', waiting: 'M7.5 8h1' };

function CheckRow({ check }: { check: Check }) {
  const { say } = usePanel();
  const { stage, state, trouble } = check;
  // the other devices are known by their own names
  const detail = stage === 'device' && check.detail === 'cpu' ? say('doctor.processor') : check.detail;
  return (
    <li class={`${styles.check} ${styles[state] ?? ''}`}>
      <svg
        class={styles.mark}
        width="16"
        height="16"
        viewBox="0 0 16 16"
        role="img"
        aria-label={say(`doctor.state-${state}`)}
      >
        <path d={marks[state]} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" />
      </svg>
      <div class={styles.texts}>
        <p class={state === 'waiting' ? shell.quiet : undefined}>{say(`doctor.${stage}`)}</p>
        {trouble && <p class={styles.fix}>{say(`doctor.${trouble}`)}</p>}
        {detail !== undefined && <p class={shell.quiet}>{detail}</p>}
      </div>
    </li>
  );
}
