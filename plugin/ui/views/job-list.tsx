/** Jobs that run, failed, or have just ended. */
import { Button, IconButton, IconCross32 } from '@create-figma-plugin/ui';
import { Fragment } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { isOver, type Job } from '../jobs/job.js';
import type { Say } from '../texts/speak.js';
import { needsKey, notesOn, phaseText } from './job-text.js';
import { focusNext } from './focus-next.js';
import styles from './jobs.module.css';
import { LongText } from './long-text.js';
import { usePanel } from './panel-context.js';
import { ProblemText } from './problem-text.js';
import shell from './shell.module.css';
import { plainButton } from './plain-button.js';

/** What was looked at of the list, which other views take the place of. */
export type ListPlace = {
  /** CSS pixels that it was scrolled by. */
  top: number;
  /** Whether jobs had failed when they were last there, by their tickets. */
  seen: Map<string, boolean>;
};

export function topOfList(): ListPlace {
  return { top: 0, seen: new Map() };
}

export function JobList({ place }: { place: ListPlace }) {
  const { state, say } = usePanel();
  const { jobs } = state;
  const list = useRef<HTMLUListElement>(null);
  // before the jobs bring themselves into sight
  useLayoutEffect(() => {
    if (list.current) list.current.scrollTop = place.top;
  }, []);
  const now = useNow(jobs.some(({ phase }) => 'until' in phase));
  return (
    <>
      {jobs.length > 0 && (
        <ul
          ref={list}
          class={styles.list}
          aria-label={say('jobs.title')}
          onScroll={({ currentTarget }) => (place.top = currentTarget.scrollTop)}
        >
          {jobs.map((job) => (
            <JobRow key={job.ticket} job={job} now={now} seen={place.seen} />
          ))}
        </ul>
      )}
      {/* each by itself, or every change would have all of them read out */}
      <div role="status" aria-atomic="false" class={shell.hidden}>
        {jobs.map((job) => (
          <Fragment key={job.ticket}>
            <p aria-atomic="true">{announce(job, say)}</p>
            {/* in its place, what came of the job would be read out once more when it goes */}
            <p aria-atomic="true">{job.looking && say('job.looking')}</p>
          </Fragment>
        ))}
      </div>
    </>
  );
}

function JobRow({ job, now, seen }: { job: Job; now: number } & Pick<ListPlace, 'seen'>) {
  const { panel, say } = usePanel();
  const { ticket, name, phase } = job;
  const over = isOver(phase);
  const retry = () => {
    panel.desk.retry(ticket);
    focusNext();
  };
  const item = useRef<HTMLLIElement>(null);
  const failed = phase.state === 'failed';
  // of a long list a part is seen: what has just been added is, and what wants something done, but under nobody's hand
  useEffect(() => {
    const isKnown = seen.get(ticket) === failed;
    seen.set(ticket, failed);
    if (isKnown) return;
    if (!failed || !item.current?.parentElement?.matches(':hover, :focus-within')) {
      item.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [failed]);
  const head = useRef<HTMLDivElement>(null);
  const cancelled = useRef(false);
  // whoever cancelled by the keyboard stays at the job, though another button has come into the place of the pressed one
  useEffect(() => {
    const lost = document.activeElement === document.body;
    if (over && cancelled.current && lost) head.current?.querySelector('button')?.focus();
  }, [over]);
  return (
    <li ref={item} class={styles.job}>
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
        <>
          <ProblemText problem={phase.problem} retry={job.order ? retry : undefined} />
          <div class={shell.row}>
            <ShowButton job={job} />
          </div>
        </>
      ) : (
        <div class={shell.between}>
          <p class={phase.state === 'done' ? styles.done : styles.state}>{phaseText(job, say, now)}</p>
          {over && <ShowButton job={job} />}
        </div>
      )}
      {job.looking && <p class={styles.state}>{say('job.looking')}</p>}
      {needsKey(phase) && (
        <div class={shell.row}>
          <Button {...plainButton} secondary onClick={() => panel.show('settings')}>
            {say('notice.open-settings')}
          </Button>
        </div>
      )}
      {isOnRedrawn(job) && <p class={styles.state}>{say('kept.redrawn')}</p>}
      {notesOn(job, say).map((text) => (
        <LongText key={text} look={styles.state} text={text} />
      ))}
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

/** To the pictures that a job has left on the canvas, if there are any. */
function ShowButton({ job }: { job: Job }) {
  const { panel, say } = usePanel();
  const { name, landed, row } = job;
  if (landed === 0 || row === undefined) return null;
  const label = say('job.show-named', { name });
  return (
    <Button {...plainButton} secondary aria-label={label} onClick={() => panel.showRow(job)}>
      {say('job.show')}
    </Button>
  );
}

/** Without times, which would be read out all the while. A failure is an alert of its own. */
function announce(job: Job, say: Say): string {
  const { name, phase } = job;
  if (phase.state === 'failed') return '';
  const redrawn = isOnRedrawn(job) ? [say('kept.redrawn')] : [];
  return `${name}: ${[phaseText(job, say), ...redrawn, ...notesOn(job, say)].join('. ')}`;
}

/** What it says to have kept is of an original that was redrawn. */
function isOnRedrawn({ redrawn, phase }: Job): boolean {
  return redrawn && phase.state === 'done' && phase.kept !== undefined;
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
