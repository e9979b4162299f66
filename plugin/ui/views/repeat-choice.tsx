/** How a pattern repeats, chosen by what it looks like. */
import { repeats } from '../../../shared/limits.js';
import type { Controls } from '../controls.js';
import { Choice } from './fields.js';
import { usePanel } from './panel-context.js';
import shell from './shell.module.css';

type Repeat = Controls['repeat'];
type Motif = { x: number; y: number; flipX?: boolean; flipY?: boolean };

/** Middles of the motifs within 16 × 16. */
const motifs: Record<Repeat, Motif[]> = {
  none: [{ x: 8, y: 8 }],
  straight: grid((x, y) => ({ x, y })),
  'half-drop': grid((x, y, column) => ({ x, y: column === 1 ? y - 4 : y })),
  'half-brick': grid((x, y, _, row) => ({ x: row === 1 ? x - 4 : x, y })),
  mirror: grid((x, y, column, row) => ({ x, y, flipX: column === 1, flipY: row === 1 })),
};

export function RepeatChoice() {
  const { panel, state, say } = usePanel();
  return (
    <Choice
      label={say('field.repeat')}
      value={state.controls.repeat}
      options={repeats.map((repeat) => ({
        value: repeat,
        text: (
          <span title={say(`repeat.${repeat}`)}>
            <Picture repeat={repeat} />
            <span class={shell.hidden}>{say(`repeat.${repeat}`)}</span>
          </span>
        ),
      }))}
      onValue={(repeat) => panel.set({ repeat })}
    />
  );
}

function Picture({ repeat }: { repeat: Repeat }) {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">
      {motifs[repeat].map(({ x, y, flipX, flipY }, n) => (
        // a motif with no symmetry of its own, so that mirroring shows
        <path
          key={n}
          d="M-2.5-2.5h5v2h-3v3h-2z"
          transform={`translate(${x} ${y}) scale(${flipX ? -1 : 1} ${flipY ? -1 : 1})`}
        />
      ))}
    </svg>
  );
}

function grid(motif: (x: number, y: number, column: number, row: number) => Motif): Motif[] {
  const places = [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => ({ row, column })));
  return places
    .map(({ row, column }) => motif(4 + 8 * column, 4 + 8 * row, column, row))
    .filter((m) => m.x < 18 && m.y < 18);
}
