/**
 * Two pictures one over the other, with an edge between them that is dragged anywhere on them, or moved by a slider. Where
 * they are larger than the room, they are shown at 100 % too: then the pointer that passes over moves the part that is seen.
 */
import { Button, RangeSlider } from '@create-figma-plugin/ui';
import type { TargetedPointerEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Comparison } from '../state.js';
import styles from './compare.module.css';
import { usePanel } from './panel-context.js';
import { plainButton } from './plain-button.js';
import { useSize } from './use-size.js';

type Pictures = NonNullable<Comparison['pictures']>;
type StageEvent = TargetedPointerEvent<HTMLDivElement>;
type Point = { x: number; y: number };

/** Of what is hidden, a press of an arrow key. */
const KEY_STEP = 0.1;
const arrows: Record<string, Point> = {
  ArrowLeft: { x: -KEY_STEP, y: 0 },
  ArrowRight: { x: KEY_STEP, y: 0 },
  ArrowUp: { x: 0, y: -KEY_STEP },
  ArrowDown: { x: 0, y: KEY_STEP },
};

export function CompareStage({ before, after, size, placed }: Pictures) {
  const { say } = usePanel();
  const [ref, room] = useSize();
  /** Where the edge is, as a share of the stage's width. */
  const [edge, setEdge] = useState(0.5);
  const [isClose, setClose] = useState(false);
  /** Of what doesn't fit: how much of it is to the left and above. */
  const [part, setPart] = useState<Point>({ x: 0.5, y: 0.5 });
  const last = useRef<Point>();

  const fit = Math.min(room.width / size.width, room.height / size.height);
  const isLarger = fit > 0 && fit < 1;
  const zoomed = isClose && isLarger;
  const stage = { width: size.width * fit, height: size.height * fit };
  const shown = zoomed ? size : stage;
  const left = (stage.width - shown.width) * part.x;
  const top = (stage.height - shown.height) * part.y;
  const percent = `${100 * edge}%`;

  const move = ({ x, y }: Point) => setPart((from) => ({ x: clamp(from.x + x), y: clamp(from.y + y) }));
  const drag = ({ clientX, currentTarget }: StageEvent) => {
    const box = currentTarget.getBoundingClientRect();
    setEdge(clamp((clientX - box.left) / box.width));
  };
  const onPointerDown = (event: StageEvent) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag(event);
  };
  const onPointerMove = (event: StageEvent) => {
    const from = last.current;
    last.current = { x: event.clientX, y: event.clientY };
    if (event.currentTarget.hasPointerCapture(event.pointerId)) return drag(event);
    if (zoomed && from) move({ x: (event.clientX - from.x) / stage.width, y: (event.clientY - from.y) / stage.height });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = arrows[event.key];
    if (!step) return;
    event.preventDefault();
    move(step);
  };
  const byKey = zoomed ? { role: 'group' as const, tabIndex: 0, 'aria-label': say('compare.part'), onKeyDown } : {};

  return (
    <>
      <div ref={ref} class={styles.room}>
        <div
          {...byKey}
          class={styles.stage}
          style={stage}
          onPointerDown={onPointerDown}
          onPointerMove={onPointerMove}
          onPointerLeave={() => (last.current = undefined)}
        >
          <div class={styles.side} style={{ clipPath: `inset(0 0 0 ${percent})` }}>
            <img src={after} alt={say('compare.after')} draggable={false} style={{ left, top, ...shown }} />
          </div>
          <div class={styles.side} style={{ clipPath: `inset(0 calc(100% - ${percent}) 0 0)` }}>
            <img
              src={before}
              alt={say('compare.before')}
              draggable={false}
              style={{
                left: left + placed.left * shown.width,
                top: top + placed.top * shown.height,
                width: placed.width * shown.width,
                height: placed.height * shown.height,
              }}
            />
          </div>
          <span class={styles.edge} style={{ left: percent }} />
        </div>
      </div>
      <div class={styles.controls}>
        <RangeSlider
          aria-label={say('compare.slider')}
          aria-valuetext={say('field.percent', { n: Math.round(100 * edge) })}
          minimum={0}
          maximum={100}
          value={String(Math.round(100 * edge))}
          onNumericValueInput={(value) => setEdge(value / 100)}
        />
        {isLarger && (
          <Button {...plainButton} secondary onClick={() => setClose(!isClose)}>
            {say(isClose ? 'compare.whole' : 'compare.closer')}
          </Button>
        )}
      </div>
    </>
  );
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
