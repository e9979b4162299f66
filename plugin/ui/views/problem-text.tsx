/** What went wrong and the one thing to do, with details to copy. */
import { Button } from '@create-figma-plugin/ui';
import { useEffect, useState } from 'preact/hooks';
import { copyText } from '../copy-text.js';
import { describeProblem } from '../diagnostics.js';
import { isWanted, type Problem } from '../problem.js';
import { explain } from '../texts/advise.js';
import styles from './jobs.module.css';
import { usePanel } from './panel-context.js';
import shell from './shell.module.css';
import { plainButton } from './plain-button.js';

/** Troubles that are put right in the settings. */
const inSettings = ['unreachable', 'unauthorized', 'forbidden_origin', 'bad-answer'];

export function ProblemText({ problem, retry }: { problem: Problem; retry?: (() => void) | undefined }) {
  const { panel, state, say } = usePanel();
  const [copied, setCopied] = useState(false);
  useEffect(() => setCopied(false), [problem]);
  const { what, todo, values, detail } = explain(problem);
  const copy = () => {
    void copyText(describeProblem(state, problem, navigator.userAgent, new Date())).then(setCopied);
  };
  return (
    <>
      <p role="alert">
        <span class={styles.problem}>{say(what, values)}</span> {say(todo, values)}
      </p>
      {detail !== '' && detail !== say(what) && <p class={styles.detail}>{detail}</p>}
      <div class={shell.row}>
        {inSettings.includes(problem.code) && (
          <Button {...plainButton} secondary onClick={() => panel.show('settings')}>
            {say('notice.open-settings')}
          </Button>
        )}
        {retry && (
          <Button {...plainButton} secondary onClick={retry}>
            {say('job.retry')}
          </Button>
        )}
        {!isWanted(problem) && (
          <Button {...plainButton} secondary onClick={copy}>
            {say(copied ? 'job.copied' : 'job.copy')}
          </Button>
        )}
      </div>
    </>
  );
}
