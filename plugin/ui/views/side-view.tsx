/** A view beside the work: a way back, a heading, and what scrolls. */
import { IconButton, IconNavigateBack32 } from '@create-figma-plugin/ui';
import type { ComponentChildren } from 'preact';
import { Notice } from './notice.js';
import { usePanel } from './panel-context.js';
import styles from './shell.module.css';
import { useFocusKept } from './use-focus-kept.js';

export function SideView({ title, children }: { title: string; children: ComponentChildren }) {
  const { panel, say } = usePanel();
  return (
    <div ref={useFocusKept()} class={styles.shell}>
      <header class={`${styles.bar} ${styles.barBack}`}>
        <IconButton aria-label={say('app.back')} title={say('app.back')} onClick={() => panel.show('work')}>
          <IconNavigateBack32 />
        </IconButton>
        <div class={styles.titles}>
          <h1 tabIndex={-1}>{title}</h1>
        </div>
      </header>
      <main class={styles.scroll}>{children}</main>
      <Notice />
    </div>
  );
}
