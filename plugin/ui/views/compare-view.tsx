/** A result over what it was made from; a slider moves the edge between them. */
import { RangeSlider } from '@create-figma-plugin/ui';
import { useState } from 'preact/hooks';
import styles from './compare.module.css';
import { usePanel } from './panel-context.js';
import shell from './shell.module.css';
import { SideView } from './side-view.js';

export function CompareView() {
  const { state, say } = usePanel();
  const [share, setShare] = useState(50);
  const { comparison } = state;
  const { before, after, lost, placed } = comparison ?? {
    lost: true,
    placed: { left: 0, top: 0, width: 1, height: 1 },
  };
  const percent = (part: number) => `${100 * part}%`;
  // the edge in shares of the result, where the original may lie within it
  const edge = (share / 100 - placed.left) / placed.width;
  return (
    <SideView title={say('compare.title')}>
      {lost && <p>{say('compare.lost')}</p>}
      {!lost && after === undefined && <p class={shell.quiet}>{say('compare.loading')}</p>}
      {after !== undefined && (
        <div class={shell.stack}>
          <div class={styles.stage}>
            <img class={styles.after} src={after} alt={say('compare.after')} />
            <img
              class={styles.before}
              src={before}
              alt={say('compare.before')}
              style={{
                left: percent(placed.left),
                top: percent(placed.top),
                width: percent(placed.width),
                height: percent(placed.height),
                clipPath: `inset(0 ${percent(1 - Math.min(1, Math.max(0, edge)))} 0 0)`,
              }}
            />
            <span class={styles.edge} style={{ left: `${share}%` }} />
          </div>
          <RangeSlider
            aria-label={say('compare.slider')}
            aria-valuetext={say('field.percent', { n: share })}
            minimum={0}
            maximum={100}
            value={String(share)}
            onNumericValueInput={setShare}
          />
          <div class={shell.between} aria-hidden="true">
            <span>{say('compare.before')}</span>
            <span>{say('compare.after')}</span>
          </div>
        </div>
      )}
    </SideView>
  );
}
