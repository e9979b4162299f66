/** The jobs whose results are on the page, the newest first. It stays while one after the other is looked at. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { taskOf } from '../controls.js';
import { nodesOf } from '../jobs/order.js';
import { groupByJob, type MadeJob } from '../made-jobs.js';
import { rootName } from '../plain-name.js';
import type { Language } from '../texts/speak.js';
import { titlesIn } from '../texts/titles.js';
import styles from './history.module.css';
import { usePanel } from './panel-context.js';
import shell from './shell.module.css';
import { SideView } from './side-view.js';
import { Thumbnail } from './subject-title.js';
import { variantName } from './variant-name.js';

/** Pixels beyond what is seen of the list, in which thumbnails are asked for already. */
const AHEAD = 300;

export function HistoryView() {
  const { state, say } = usePanel();
  const { history } = state;
  const jobs = useMemo(() => groupByJob(history ?? []), [history]);
  const list = useRef<HTMLUListElement>(null);
  const isThere = history !== undefined;
  // back to where one was
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [isThere]);
  return (
    <SideView title={say('history.title')}>
      {!isThere && <p class={shell.quiet}>{say('history.loading')}</p>}
      {history?.length === 0 && (
        <div class={shell.empty}>
          <strong>{say('history.empty')}</strong>
          <p>{say('history.empty-do')}</p>
        </div>
      )}
      <ul ref={list} class={styles.list}>
        {jobs.map((job) => (
          <Entry key={job.key} job={job} />
        ))}
      </ul>
    </SideView>
  );
}

function Entry({ job: { madeAt, results } }: { job: MadeJob }) {
  const { panel, state, say } = usePanel();
  const item = useRef<HTMLLIElement>(null);
  const { target } = nodesOf(state.subject);
  const nodes = results.map(({ node }) => node);
  // each is drawn by Figma, which takes its time: those far down may never be looked at
  useEffect(() => {
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && panel.look(nodes), {
      root: item.current?.closest('main') ?? null,
      rootMargin: `${AHEAD}px 0px`,
    });
    if (item.current) seen.observe(item.current);
    return () => seen.disconnect();
  }, [nodes.join()]);

  const titleOf = titlesIn(say);
  const when = new Intl.DateTimeFormat(localeFor(say.language), { dateStyle: 'medium', timeStyle: 'short' });
  const [first] = results;
  const task = first && taskOf(first.recipe.panel);
  // surprises differ
  const names = [...new Set(results.map((result) => rootName(result, titleOf)))].join(', ');
  return (
    <li ref={item} class={styles.entry}>
      <h2 class={styles.name} title={names}>
        {names}
      </h2>
      <p class={styles.about}>
        {[task && say(`task.${task}`), when.format(new Date(madeAt))].filter(Boolean).join(' · ')}
      </p>
      <div class={styles.results}>
        {results.map((result) => {
          const name = say('history.show', { name: variantName(result, say) });
          return (
            <button
              key={result.node}
              type="button"
              class={styles.result}
              title={name}
              aria-label={name}
              aria-current={result.node === target?.id ? 'true' : undefined}
              onClick={() => panel.showNode(result.node)}
            >
              <Thumbnail node={result.node} />
            </button>
          );
        })}
      </div>
    </li>
  );
}

/** Dates as they are written where the reader lives, if it is in the panel's language. */
function localeFor(language: Language): string {
  return navigator.language.startsWith(language) ? navigator.language : language;
}
