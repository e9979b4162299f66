/** Jobs that run, failed, or have just ended. */
import { Button, IconButton, IconCross32 } from '@create-figma-plugin/ui';
import { useEffect, useRef, useState } from 'preact/hooks';
import { isOver, type Job } from '../jobs/job.js';
import { needsKey, phaseText } from './job-text.js';
import { focusNext } from './focus-next.js';
import styles from './jobs.module.css';
import { LongText } from './long-text.js';
import { usePanel } from './panel-context.js';
import { ProblemText } from './problem-text.js';
import shell from './shell.module.css';
import { plainButton } from './plain-button.js';

export function JobList() {
  const { state, say } = usePanel();
  const { jobs } = state;
  const now = useNow(jobs.some(({ phase }) => 'until' in phase));
  return (
    <>
      {jobs.length > 0 && (
        <ul class={styles.list} aria-label={say('jobs.title')}>
          {jobs.map((job) => (
            <JobRow key={job.ticket} job={job} now={now} />
          ))}
        </ul>
      )}
      <div role="status" class={shell.hidden}>
        {jobs.map((job) => `${job.name}: ${announce(job, say)}. `).join('')}
      </div>
    </>
  );
}

function JobRow({ job, now }: { job: Job; now: number }) {
  const { panel, say } = usePanel();
  const { ticket, name, phase } = job;
  const over = isOver(phase);
  const retry = () => {
    panel.desk.retry(ticket);
    focusNext();
  };
  const head = useRef<HTMLDivElement>(null);
  const cancelled = useRef(false);
  // whoever cancelled by the keyboard stays at the job, though another button has come into the place of the pressed one
  useEffect(() => {
    const lost = document.activeElement === document.body;
    if (over && cancelled.current && lost) head.current?.querySelector('button')?.focus();
  }, [over]);
  return (
    <li class={styles.job}>
      <div ref={head} class={styles.head}>
        <span class={styles.name}>{name}</span>
        {over ? (
          <IconButton
            {...plainButton}
            aria-label={say('job.dismiss', { name })}
            onClick={() => {
              panel.store.act({ type: 'job-gone', ticket });
              focusNext();
            }}
          >
            <IconCross32 />
          </IconButton>
        ) : (
          <Button
            {...plainButton}
            secondary
            aria-label={say('job.cancel-named', { name })}
            onClick={() => {
              cancelled.current = true;
              void panel.desk.cancel(ticket);
            }}
          >
            {say('job.cancel')}
          </Button>
        )}
      </div>
      {phase.state === 'failed' ? (
        <ProblemText problem={phase.problem} retry={job.order ? retry : undefined} />
      ) : (
        <p class={phase.state === 'done' ? styles.done : styles.state}>{phaseText(job, say, now)}</p>
      )}
      {needsKey(phase) && (
        <div class={shell.row}>
          <Button {...plainButton} secondary onClick={() => panel.show('settings')}>
            {say('notice.open-settings')}
          </Button>
        </div>
      )}
      {job.redrawn && <p class={styles.state}>{say('job.redrawn')}</p>}
      {phase.state === 'done' && phase.unheard && (
        <LongText look={styles.state} text={say('job.unheard', { words: phase.unheard })} />
      )}
      {!over && (
        <progress
          class={styles.progress}
          max={1}
          aria-label={say('job.progress', { name })}
          {...(phase.state === 'running' ? { value: phase.progress } : {})}
        />
      )}
    </li>
  );
}

/** Without times and passes, which would be read out all the while. */
function announce(job: Job, say: ReturnType<typeof usePanel>['say']): string {
  const { phase } = job;
  if (phase.state === 'running') return say('job.running', { landed: job.landed, count: job.count });
  if (phase.state === 'failed') return '';
  const text = phaseText(
    { ...job, phase: 'until' in phase && phase.state !== 'held' ? { ...phase, until: undefined } : phase },
    say,
    0,
  );
  return phase.state === 'done' && phase.unheard ? `${text}. ${say('job.unheard', { words: phase.unheard })}` : text;
}

function useNow(ticking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticking) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
