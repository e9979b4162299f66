/** The results on the page with their recipes, the newest first. */
import type { Recipe } from '../../messages.js';
import { taskOf } from '../controls.js';
import { rootName } from '../plain-name.js';
import type { Language } from '../texts/speak.js';
import { titlesIn } from '../texts/titles.js';
import styles from './history.module.css';
import { usePanel } from './panel-context.js';
import shell from './shell.module.css';
import { SideView } from './side-view.js';
import { Thumbnail } from './subject-title.js';

export function HistoryView() {
  const { panel, state, say } = usePanel();
  const when = new Intl.DateTimeFormat(localeFor(say.language), { dateStyle: 'medium', timeStyle: 'short' });
  const titleOf = titlesIn(say);
  const about = (recipe: Recipe) => {
    const task = taskOf(recipe.panel);
    return [task && say(`task.${task}`), when.format(new Date(recipe.madeAt))].filter(Boolean).join(' · ');
  };
  return (
    <SideView title={say('history.title')}>
      {state.history === undefined && <p class={shell.quiet}>{say('history.loading')}</p>}
      {state.history?.length === 0 && (
        <div class={shell.empty}>
          <strong>{say('history.empty')}</strong>
          <p>{say('history.empty-do')}</p>
        </div>
      )}
      <ul class={styles.list}>
        {state.history?.map(({ node, name, recipe }) => (
          <li key={node}>
            <button
              type="button"
              class={styles.entry}
              title={say('history.show', { name })}
              onClick={() => {
                panel.showNode(node);
                panel.show('work');
              }}
            >
              <Thumbnail node={node} />
              <span class={styles.texts}>
                <span class={styles.name}>{rootName({ name, recipe }, titleOf)}</span>
                <span class={styles.about}>{about(recipe)}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </SideView>
  );
}

/** Dates as they are written where the reader lives, if it is in the panel's language. */
function localeFor(language: Language): string {
  return navigator.language.startsWith(language) ? navigator.language : language;
}
