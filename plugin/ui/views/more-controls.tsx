/** What most people leave alone: the seed, and how the model goes about it. */
import { Disclosure } from '@create-figma-plugin/ui';
import { useEffect, useRef } from 'preact/hooks';
import { MAX_GUIDANCE, MAX_PASSES, MAX_SEED, MAX_TEMPERATURE } from '../../../shared/limits.js';
import { seedFor, taskFor } from '../jobs/order.js';
import { NumberLine } from './fields.js';
import styles from './fields.module.css';
import { usePanel } from './panel-context.js';
import shell from './shell.module.css';

export function MoreControls() {
  const { panel, state, say } = usePanel();
  const { more: open } = state.folds;
  const root = useRef<HTMLDivElement>(null);
  const wasOpen = useRef(open);
  // it may be the last thing that is seen, and what it opens beyond that
  useEffect(() => {
    if (open && !wasOpen.current) root.current?.scrollIntoView({ block: 'nearest' });
    wasOpen.current = open;
  }, [open]);
  const { passes, guidance, temperature } = state.controls;
  const seed = seedFor(state);
  const defaults = state.models?.models.find(({ loaded }) => loaded)?.defaults;
  const default_ = (value: number | undefined) =>
    value === undefined ? say('field.default') : say('field.default-is', { value });
  const task = taskFor(state);
  // a mix is all arithmetic
  if (task === 'mix') return null;
  // an edit hears its words by emphasis
  const guides = task === 'generate' || task === 'reference' || task === 'vary';
  // what was set, by a recipe maybe, must not hide
  const set = [
    ...(seed === null ? [] : [say('result.seed', { n: String(seed) })]),
    ...(passes === null ? [] : [say('result.passes', { n: passes })]),
    ...(guidance === null ? [] : [say('result.guidance', { n: guidance })]),
    ...(temperature === null ? [] : [say('result.temperature', { n: temperature })]),
  ];
  const title = [say('field.more'), ...(open ? [] : set)].join(' · ');
  return (
    <div ref={root} class={styles.more}>
      <Disclosure open={open} title={title} aria-expanded={open} onClick={() => panel.fold({ more: !open })}>
        <div class={shell.stack}>
          <NumberLine
            label={say('field.seed')}
            value={seed}
            least={0}
            most={MAX_SEED}
            whole
            placeholder={say('field.seed-any')}
            onValue={(value) => panel.set({ seed: value })}
          />
          <NumberLine
            label={say('field.passes')}
            value={passes}
            least={1}
            most={MAX_PASSES}
            whole
            placeholder={default_(defaults?.passes)}
            onValue={(value) => panel.set({ passes: value })}
          />
          <NumberLine
            label={say('field.guidance')}
            value={guidance}
            least={0}
            most={MAX_GUIDANCE}
            placeholder={default_(guides ? defaults?.guidance : 0)}
            onValue={(value) => panel.set({ guidance: value })}
          />
          <NumberLine
            label={say('field.temperature')}
            value={temperature}
            least={0}
            most={MAX_TEMPERATURE}
            placeholder={default_(defaults?.temperature)}
            onValue={(value) => panel.set({ temperature: value })}
          />
        </div>
      </Disclosure>
    </div>
  );
}
