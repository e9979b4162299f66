/** A pattern as cloth knows it: its size, its turn, its repeat, and how much of the folds stays. */
import { MAX_ROTATION } from '../../../shared/limits.js';
import { Line, Share, Slider } from './fields.js';
import { usePanel } from './panel-context.js';
import { RepeatChoice } from './repeat-choice.js';

export function PatternFields() {
  const { panel, state, say } = usePanel();
  const { scale, rotation, shading } = state.controls;
  return (
    <>
      <Line label={say('field.repeat')}>
        <RepeatChoice />
      </Line>
      <Slider
        label={say('field.scale')}
        // in doublings, so that half as large is as far from the middle as twice as large
        value={Math.log2(scale)}
        least={-2}
        most={2}
        step={0.25}
        shown={say('field.times', { n: scale })}
        onValue={(doublings) => panel.set({ scale: Math.round(100 * 2 ** doublings) / 100 })}
      />
      <Slider
        label={say('field.rotation')}
        value={rotation}
        least={-MAX_ROTATION}
        most={MAX_ROTATION}
        step={5}
        shown={say('field.degrees', { n: rotation })}
        onValue={(degrees) => panel.set({ rotation: degrees })}
      />
      <Share label={say('field.shading')} value={shading} onValue={(value) => panel.set({ shading: value })} />
    </>
  );
}
