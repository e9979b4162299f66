/** How far a picture grows on each side. */
import { Button } from '@create-figma-plugin/ui';
import { MAX_EXPAND } from '../../../shared/limits.js';
import type { NodeInfo } from '../../messages.js';
import type { Sides } from '../controls.js';
import { ratios, sidesForRatio, sizeExpanded, sizeGrown, type Ratio } from '../expand-sides.js';
import { Choice, Line, NumberBox } from './fields.js';
import styles from './fields.module.css';
import { usePanel } from './panel-context.js';
import shell from './shell.module.css';
import { plainButton } from './plain-button.js';

const order = ['left', 'right', 'top', 'bottom'] as const;

export function ExpandFields({ target }: { target: NodeInfo }) {
  const { panel, state, say } = usePanel();
  const { unit } = state.folds;
  const { expand } = state.controls;
  const size = sizeGrown(target);
  const set = (sides: Sides) => panel.set({ expand: sides });
  const lengthOf = (side: keyof Sides) => (side === 'left' || side === 'right' ? size.width : size.height);
  const { width, height } = sizeExpanded(expand, size);
  const whole = (length: number) => String(Math.round(length));

  return (
    <>
      <Line label={say('expand.presets')}>
        <div class={shell.row} role="group" aria-label={say('expand.presets')}>
          {Object.keys(ratios)
            .filter((name): name is Ratio => name in ratios)
            .map((ratio) => (
              <Button key={ratio} {...plainButton} secondary onClick={() => set(sidesForRatio(size, ratio))}>
                {ratio}
              </Button>
            ))}
        </div>
      </Line>
      <Line label={say('expand.unit')}>
        <Choice
          label={say('expand.unit')}
          value={unit}
          options={[
            { value: 'px', text: say('expand.px') },
            { value: 'share', text: say('expand.share') },
          ]}
          onValue={(value) => panel.fold({ unit: value })}
        />
      </Line>
      <div class={styles.sides}>
        {order.map((side) => (
          <div key={side} class={styles.side}>
            <span class={styles.label}>{say(`expand.${side}`)}</span>
            <NumberBox
              label={say(`expand.${side}`)}
              value={unit === 'px' ? Math.round(expand[side] * lengthOf(side)) : Math.round(expand[side] * 1000) / 10}
              least={0}
              most={unit === 'px' ? MAX_EXPAND : 800}
              whole={unit === 'px'}
              suffix={unit === 'px' ? '' : '%'}
              onValue={(value) => {
                const share = (value ?? 0) / (unit === 'px' ? lengthOf(side) : 100);
                set({ ...expand, [side]: Math.min(8, share) });
              }}
            />
          </div>
        ))}
      </div>
      <p class={shell.quiet}>{say('expand.result', { width: whole(width), height: whole(height) })}</p>
    </>
  );
}
