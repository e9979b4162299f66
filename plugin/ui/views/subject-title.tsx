/** Names what is selected. */
import type { NodeInfo } from '../../messages.js';
import { nodesOf } from '../jobs/order.js';
import { plainName } from '../plain-name.js';
import type { Say } from '../texts/speak.js';
import type { State } from '../state.js';
import { usePanel } from './panel-context.js';
import styles from './shell.module.css';

export function SubjectTitle() {
  const { state, say } = usePanel();
  const { target } = nodesOf(state.subject);
  const [title, subtitle] = describe(state, say);
  return (
    <>
      {target && !state.forced && <Thumbnail node={target.id} />}
      <div class={styles.titles}>
        <h1 tabIndex={-1}>{title}</h1>
        {subtitle && <p class={styles.subtitle}>{subtitle}</p>}
      </div>
    </>
  );
}

export function Thumbnail({ node }: { node: string }) {
  const url = usePanel().state.thumbnails[node];
  return url === undefined ? <span class={styles.thumbnail} /> : <img class={styles.thumbnail} src={url} alt="" />;
}

function describe({ subject, forced }: State, say: Say): [title: string, subtitle?: string | undefined] {
  if (forced === 'generate') return [say('subject.nothing')];
  switch (subject.kind) {
    case 'nothing':
      return [say('subject.nothing'), subject.frame && say('subject.frame', { name: subject.frame.name })];
    case 'image': {
      const { target } = subject;
      return [
        plainName(target),
        target.recipe ? `${say('subject.result')} · ${sizeOf(target, say)}` : sizeOf(target, say),
      ];
    }
    case 'pair':
      return [plainName(subject.target), say('subject.with', { name: plainName(subject.other) })];
    case 'unusable':
      return [say('app.title')];
    case 'shapes':
      return [plainName(subject.target), say('subject.shapes', { n: subject.shapes.length })];
    case 'shapes-and-other':
      return [
        plainName(subject.target),
        say('subject.shapes-with', { n: subject.shapes.length, name: plainName(subject.other) }),
      ];
  }
}

function sizeOf({ pixels, width, height }: NodeInfo, say: Say): string {
  const size = pixels ?? { width, height };
  return say('subject.pixels', { width: String(Math.round(size.width)), height: String(Math.round(size.height)) });
}
