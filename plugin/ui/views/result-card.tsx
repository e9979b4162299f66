/** A result's recipe in numbers, and what can be done with it. */
import { Button } from '@create-figma-plugin/ui';
import type { Recipe } from '../../messages.js';
import { sourceOf } from '../compare.js';
import { keptBy } from '../jobs/kept.js';
import { canMakeAgain } from '../jobs/order.js';
import { isOfOtherModel } from '../other-model.js';
import { LongText } from './long-text.js';
import { usePanel } from './panel-context.js';
import styles from './result.module.css';
import shell from './shell.module.css';
import { plainButton } from './plain-button.js';

export function ResultCard({ node, recipe }: { node: string; recipe: Recipe }) {
  const { panel, state, say } = usePanel();
  const { seed, passes, changedOutside } = recipe;
  const prompt = recipe.request['prompt'];
  const kept = keptBy(recipe.request);
  return (
    <section class={styles.card}>
      {typeof prompt === 'string' && <LongText key={node} text={prompt} />}
      <p class={shell.quiet}>
        {say('result.seed', { n: String(seed) })} · {say('result.passes', { n: passes })}
      </p>
      {isOfOtherModel(recipe, state.models) && <p>{say('result.other-model')}</p>}
      {kept && changedOutside !== undefined && (
        <>
          <p class={changedOutside === 0 ? styles.proof : styles.changed}>
            {say(`kept.${kept}`, { n: changedOutside })}
          </p>
          {recipe.redrawn && <p class={shell.quiet}>{say('kept.redrawn')}</p>}
        </>
      )}
      <div class={shell.row}>
        {canMakeAgain(recipe) && (
          <Button {...plainButton} secondary onClick={() => panel.again()}>
            {say('result.more')}
          </Button>
        )}
        {sourceOf(recipe) && (
          <Button {...plainButton} secondary data-opens="compare" onClick={() => panel.compare()}>
            {say('result.compare')}
          </Button>
        )}
        <Button {...plainButton} secondary onClick={() => panel.restore()}>
          {say('result.restore')}
        </Button>
      </div>
      {state.restored?.node === node && (
        <div class={shell.between} role="status">
          <p class={shell.quiet}>{say('result.restored')}</p>
          {recipe.parent !== undefined && (
            <Button {...plainButton} secondary onClick={() => panel.showNode(recipe.parent ?? '', recipe.selectedWith)}>
              {say('result.source')}
            </Button>
          )}
        </div>
      )}
    </section>
  );
}
