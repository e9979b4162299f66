/** What can be done with what is selected: the controls, the jobs, and the one button that starts. */
import { Button, IconAdjust32, IconButton, IconNavigateBack32, IconRecent32 } from '@create-figma-plugin/ui';
import type { ComponentChildren } from 'preact';
import type { Task } from '../controls.js';
import { missingFor, taskFor } from '../jobs/order.js';
import type { State } from '../state.js';
import type { TextKey } from '../texts/en.js';
import { EditView } from './edit-view.js';
import { GenerateView } from './generate-view.js';
import { ImageView } from './image-view.js';
import { JobList, type ListPlace } from './job-list.js';
import { Notice } from './notice.js';
import { PairView } from './pair-view.js';
import { usePanel } from './panel-context.js';
import styles from './shell.module.css';
import { SubjectTitle } from './subject-title.js';
import { UnusableView } from './unusable-view.js';
import { useFocusKept } from './use-focus-kept.js';
import { plainButton } from './plain-button.js';

export function WorkView({ place }: { place: ListPlace }) {
  const { panel, state, say } = usePanel();
  const task = taskFor(state);
  const missing = task && missingFor(task, state);

  const isForced = state.forced !== undefined;
  const shell = useFocusKept();

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && isForced && !event.isComposing) {
      panel.backToSelection();
      // the library's fields have let go of it
      shell.current?.querySelector('h1')?.focus();
    }
    // Enter that ends the composing of a Chinese word starts nothing
    if (event.key !== 'Enter' || event.isComposing) return;
    const { target, shiftKey, ctrlKey, metaKey } = event;
    const inWords = target instanceof HTMLTextAreaElement && !shiftKey;
    if (!inWords && !ctrlKey && !metaKey) return;
    event.preventDefault();
    // held down, it is one press
    if (!event.repeat) panel.start();
  };

  const canMakeNew = task !== undefined && task !== 'generate';

  // no form: a sandboxed frame needs leave to submit one, even to itself
  return (
    <div ref={shell} class={styles.shell} onKeyDown={onKeyDown}>
      <header class={`${styles.bar} ${isForced ? styles.barBack : ''}`}>
        {isForced && (
          <IconButton
            {...plainButton}
            aria-label={say('app.back')}
            title={say('app.back')}
            onClick={() => panel.backToSelection()}
          >
            <IconNavigateBack32 />
          </IconButton>
        )}
        <SubjectTitle />
        {canMakeNew && (
          <Button
            {...plainButton}
            secondary
            aria-label={say('subject.nothing')}
            title={say('subject.nothing')}
            onClick={() => panel.makeNew()}
          >
            {say('app.new')}
          </Button>
        )}
        <Opener view="history" name={say('app.history')} icon={<IconRecent32 />} />
        <Opener view="settings" name={say('app.settings')} icon={<IconAdjust32 />} />
      </header>
      <main class={styles.scroll}>
        <div class={styles.stack}>{state.opened ? <Offer task={task} /> : <p>{say('app.loading')}</p>}</div>
      </main>
      <footer class={styles.foot}>
        <Notice />
        <JobList place={place} />
        {task && (
          <div class={styles.go}>
            <Button {...plainButton} data-go fullWidth disabled={missing !== undefined} onClick={() => panel.start()}>
              {missing ? say(missing) : say(goFor(task, state))}
            </Button>
          </div>
        )}
      </footer>
    </div>
  );
}

function Opener({ view, name, icon }: { view: 'history' | 'settings'; name: string; icon: ComponentChildren }) {
  const { panel } = usePanel();
  return (
    <IconButton {...plainButton} data-opens={view} aria-label={name} title={name} onClick={() => panel.show(view)}>
      {icon}
    </IconButton>
  );
}

function Offer({ task }: { task: Task | undefined }) {
  const { subject } = usePanel().state;
  if (task === 'generate') return <GenerateView />;
  if (subject.kind === 'image') return <ImageView target={subject.target} />;
  if (subject.kind === 'pair') return <PairView target={subject.target} other={subject.other} />;
  if (subject.kind === 'unusable') return <UnusableView reason={subject.reason} />;
  return <EditView />;
}

function goFor(task: Task, { controls, subject }: State): TextKey {
  if (task === 'generate' && controls.words.generate.trim() === '') return 'go.surprise';
  if (task !== 'edit') return `go.${task}`;
  if (controls.lock) return 'go.lock';
  return controls.words.edit.trim() === '' && subject.kind === 'shapes' ? 'go.fill' : 'go.edit';
}
