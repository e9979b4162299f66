/** How the panel's state follows the selection, the controls and the jobs. */
import { describe, expect, it } from 'vitest';
import type { Recipe, Subject } from '../../../plugin/messages.js';
import { firstControls, restoreControls, type Task } from '../../../plugin/ui/controls.js';
import type { Job } from '../../../plugin/ui/jobs/job.js';
import { makeOrder, seedFor, taskFor } from '../../../plugin/ui/jobs/order.js';
import { reduce } from '../../../plugin/ui/reduce.js';
import { firstState, type Action, type State } from '../../../plugin/ui/state.js';

const node = (id: string) => ({ id, name: id, width: 100, height: 200, look: 'image' as const });
const image: Subject = { kind: 'image', target: node('1:1') };
const roomy: Subject = { kind: 'image', target: node('1:1'), room: { left: 50, right: 0, top: 0, bottom: 20 } };
const after = (...actions: Action[]): State => actions.reduce(reduce, firstState);
const source: Subject = { kind: 'image', target: node('1:2') };
/** Of what `image` shows, made from `source`. */
const recipe = (panel: Record<string, unknown>): Recipe => ({
  version: 1,
  server: '',
  job: '',
  request: { seed: 42 },
  parent: '1:2',
  variant: 2,
  seed: 44,
  relevance: 0,
  fidelity: 0,
  passes: 1,
  madeAt: '',
  panel,
});

const job = (ticket: string, phase: Job['phase']): Job => ({
  ticket,
  name: '',
  count: 1,
  landed: 0,
  phase,
  redrawn: false,
});

describe('the selection', () => {
  it('decides what is offered', () => {
    const offered = (subject: Subject, forced?: Task) => taskFor({ subject, forced, controls: firstControls });
    expect(offered({ kind: 'nothing' })).toBe('generate');
    expect(offered(image)).toBe('vary');
    expect(offered(image, 'generate')).toBe('generate');
    expect(offered({ kind: 'unusable', reason: 'hidden' })).toBeUndefined();
    expect(offered({ kind: 'pair', target: node('1:1'), other: node('1:2') })).toBe('pattern');
  });

  it('of a picture in a larger frame offers to grow it into that', () => {
    const { controls } = after({ type: 'selected', subject: roomy });
    expect(controls.imageTask).toBe('expand');
    expect(controls.expand).toEqual({ left: 0.5, right: 0, top: 0, bottom: 0.1 });
  });

  it('of the next picture goes on with what was done before one in a larger frame, unless something else was chosen', () => {
    const edit: Action = { type: 'controls', change: { imageTask: 'words' } };
    const select = (subject: Subject): Action => ({ type: 'selected', subject });
    const other: Subject = { ...roomy, target: node('1:3') };
    const before = [select(image), edit, select(roomy), select(other), select({ kind: 'nothing' })];
    expect(after(...before, select(source)).controls.imageTask).toBe('words');
    const vary: Action = { type: 'controls', change: { imageTask: 'vary' } };
    expect(after(select(image), edit, select(roomy), vary, select(source)).controls.imageTask).toBe('vary');
    const restore: Action = { type: 'restore', recipe: recipe({ task: 'expand' }) };
    expect(after(select(image), edit, select(roomy), restore, select(source)).controls.imageTask).toBe('expand');
    const goOn: Action = { type: 'go-on', panel: recipe({ task: 'words' }).panel, source: undefined };
    expect(after(select(roomy), goOn).controls.imageTask).toBe('expand');
    expect(after(select(roomy), goOn, select(source)).controls.imageTask).toBe('words');
    const paired: Action = { type: 'go-on', panel: recipe({ task: 'mix' }).panel, source: undefined };
    expect(after(select(image), edit, select(roomy), paired, select(source)).controls.imageTask).toBe('words');
  });

  it('of two pictures stays in the order that the designer gave it, whatever changes of them', () => {
    const pair = (target: string, other: string, name = '') =>
      ({ kind: 'pair', target: { ...node(target), name }, other: node(other) }) as const;
    const select = (subject: Subject): Action => ({ type: 'selected', subject });
    const swapped = [select(pair('1:1', '1:2')), { type: 'swap' }, select(pair('1:1', '1:2', 'renamed'))] as const;
    expect(after(...swapped).subject).toMatchObject({ target: { id: '1:2' }, other: { id: '1:1', name: 'renamed' } });
    // selected anew, they are guessed at anew
    const anew = after(...swapped, select(image), select(pair('1:1', '1:2')));
    expect(anew.subject).toMatchObject({ target: { id: '1:1' } });
    expect(after(...swapped, select(pair('1:1', '1:3'))).subject).toMatchObject({ target: { id: '1:1' } });
  });

  it('leaves sides that were set by hand alone while the same picture is selected', () => {
    const expand = { left: 1, right: 1, top: 0, bottom: 0 };
    const state = after(
      { type: 'selected', subject: image },
      { type: 'controls', change: { expand } },
      { type: 'selected', subject: { ...image, target: { ...node('1:1'), name: 'renamed' } } },
    );
    expect(state.controls.expand).toEqual(expand);
    expect(
      reduce(state, { type: 'selected', subject: { kind: 'image', target: node('1:2') } }).controls.expand.left,
    ).toBe(0);
  });

  it('takes back what a command had forced', () => {
    const forced: Action[] = [
      { type: 'selected', subject: image },
      { type: 'force', task: 'generate' },
    ];
    expect(after(...forced).forced).toBe('generate');
    expect(after(...forced, { type: 'selected', subject: { kind: 'nothing' } }).forced).toBeUndefined();
  });

  it('leaves a comparison open, which ends where another view is turned to', () => {
    const open = after(
      { type: 'selected', subject: image },
      { type: 'view', view: 'compare' },
      { type: 'comparison', comparison: { target: node('1:1') } },
      { type: 'selected', subject: { kind: 'nothing' } },
    );
    expect(open).toMatchObject({ view: 'compare', comparison: { target: { id: '1:1' } } });
    expect(reduce(open, { type: 'view', view: 'work' })).toMatchObject({ view: 'work', comparison: undefined });
    expect(reduce(open, { type: 'force', task: 'vary' })).toMatchObject({ view: 'work', comparison: undefined });
  });
});

describe('a recipe', () => {
  it('puts the controls back, words and all', () => {
    const words = { ...firstControls.words, edit: 'linen' };
    const state = after(
      { type: 'selected', subject: image },
      { type: 'restore', recipe: recipe({ task: 'vary', strength: 0.7, words, seed: 7 }) },
    );
    expect(state.controls).toMatchObject({ strength: 0.7, imageTask: 'vary', seed: null, words });
    expect(state.restored).toEqual({ node: '1:1', source: '1:2', task: 'vary', seed: 42 });
    expect(state.forced).toBeUndefined();
  });

  it('gives the seed of its job, which all steps of a mix have, to its task on its source alone', () => {
    const seedsOf = (task: Task, ...subjects: Subject[]) => {
      let state = after({ type: 'selected', subject: image }, { type: 'restore', recipe: recipe({ task }) });
      return subjects.map((subject) => {
        state = reduce(state, { type: 'selected', subject });
        return seedFor(state);
      });
    };
    const shapes: Subject = { kind: 'shapes', target: node('1:2'), shapes: [node('2:1')] };
    const pair: Subject = { kind: 'pair', target: node('1:2'), other: node('1:3') };
    const another: Subject = { kind: 'image', target: node('1:3') };
    const nothing: Subject = { kind: 'nothing' };
    const framed: Subject = { kind: 'nothing', frame: { id: '3:1', name: 'Board' } };
    expect(seedsOf('vary', image, source, image, source)).toEqual([null, 42, null, 42]);
    expect(seedsOf('edit', source, shapes, pair)).toEqual([null, 42, null]);
    expect(seedsOf('mix', source, pair)).toEqual([null, 42]);
    expect(seedsOf('vary', another, source)).toEqual([null, null]);
    expect(seedsOf('vary', framed, source)).toEqual([null, null]);
    expect(seedsOf('generate', image, nothing, framed, another, nothing)).toEqual([42, 42, 42, null, null]);
  });

  it('leaves another task of its source to chance', () => {
    const restored = after(
      { type: 'selected', subject: image },
      { type: 'restore', recipe: recipe({ task: 'vary' }) },
      { type: 'selected', subject: source },
    );
    const turned = reduce(restored, { type: 'controls', change: { imageTask: 'words' } });
    expect(seedFor(turned)).toBeNull();
    expect(seedFor(reduce(turned, { type: 'controls', change: { imageTask: 'vary' } }))).toBe(42);
    expect(seedFor(reduce(restored, { type: 'force', task: 'generate' }))).toBeNull();
  });

  it('from words offers them though a picture is selected', () => {
    const state = after(
      { type: 'selected', subject: image },
      { type: 'restore', recipe: recipe({ task: 'generate' }) },
    );
    expect(state.forced).toBe('generate');
  });

  it('whose words are emptied is a surprise each time anew, and not that of its seed', () => {
    const words = (generate: string) => ({ words: { ...firstControls.words, generate } });
    const restored = [
      { type: 'selected', subject: image } as const,
      { type: 'restore', recipe: recipe({ task: 'generate', ...words('olive shorts') }) } as const,
    ];
    expect(seedFor(after(...restored, { type: 'controls', change: words('olive short') }))).toBe(42);
    expect(seedFor(after(...restored, { type: 'controls', change: words(' ') }))).toBeNull();
    // whose words never were for a new garment keeps it, whatever is said
    const edit = { type: 'restore', recipe: recipe({ task: 'words', ...words('') }) } as const;
    const said = { words: { ...firstControls.words, words: 'linen' } };
    const edited = after(edit, { type: 'controls', change: said }, { type: 'selected', subject: source });
    expect(seedFor(edited)).toBe(42);
    expect(seedFor(after({ type: 'controls', change: { ...words(''), seed: 5 } }))).toBe(5);
  });

  it('of an expansion keeps its sides until its source is selected, unless that has a frame to grow into', () => {
    const expand = { left: 1, right: 0.5, top: 0, bottom: 0 };
    const restored = after(
      { type: 'selected', subject: image },
      { type: 'restore', recipe: recipe({ task: 'expand', expand }) },
    );
    const selected = reduce(restored, { type: 'selected', subject: source });
    expect(selected.controls).toMatchObject({ imageTask: 'expand', expand });
    const another: Subject = { kind: 'image', target: node('1:3') };
    expect(reduce(selected, { type: 'selected', subject: another }).controls.expand.left).toBe(0);
    const framed: Subject = { ...source, room: { left: 20, right: 0, top: 0, bottom: 0 } };
    expect(reduce(restored, { type: 'selected', subject: framed }).controls.expand).toMatchObject({
      left: 0.2,
      right: 0,
    });
  });

  it('gives its seed to one job, and to none after that', () => {
    const restored = after(
      { type: 'selected', subject: image },
      { type: 'restore', recipe: recipe({ task: 'vary' }) },
      { type: 'selected', subject: source },
    );
    const started = (state: State, change: Partial<Job['order']> = {}): State => {
      const controls = { ...state.controls, seed: seedFor(state) };
      const order = { ...makeOrder(state.subject, 'vary', controls, (task) => task), ...change };
      return reduce(state, { type: 'job-added', job: { ...job('a', { state: 'preparing' }), order } });
    };
    expect(seedFor(restored)).toBe(42);
    expect(seedFor(started(restored))).toBeNull();
    // more of another result has a seed of its own
    expect(seedFor(started(restored, { again: { request: {}, panel: {} } }))).toBe(42);
    const typed = reduce(restored, { type: 'controls', change: { seed: 5 } });
    expect(seedFor(typed)).toBe(5);
    expect(seedFor(started(started(typed)))).toBe(5);
    const random = reduce(restored, { type: 'controls', change: { seed: null } });
    expect(seedFor(random)).toBeNull();
  });

  it('of another version or with nonsense in it changes nothing that it does not know', () => {
    expect(restoreControls({ strength: 7, repeat: 'diagonal', steps: 4, wat: 1 }, firstControls)).toEqual({
      ...firstControls,
      steps: 4,
    });
    expect(restoreControls('nonsense', firstControls)).toEqual(firstControls);
  });
});

describe('the jobs', () => {
  it('that ended well make room for the next; failed ones stay until they are dismissed', () => {
    const state = after(
      { type: 'job-added', job: job('a', { state: 'done' }) },
      { type: 'job-added', job: job('b', { state: 'failed', problem: { code: 'x', detail: '' } }) },
      { type: 'job-added', job: job('c', { state: 'preparing' }) },
    );
    expect(state.jobs.map(({ ticket }) => ticket)).toEqual(['b', 'c']);
    expect(reduce(state, { type: 'job-gone', ticket: 'b' }).jobs.map(({ ticket }) => ticket)).toEqual(['c']);
  });

  it('change one by one', () => {
    const state = after(
      { type: 'job-added', job: job('a', { state: 'preparing' }) },
      { type: 'job-added', job: job('b', { state: 'preparing' }) },
      { type: 'job', ticket: 'b', change: { landed: 1 } },
    );
    expect(state.jobs.map(({ landed }) => landed)).toEqual([0, 1]);
  });
});

it('the settings give the number of variants to begin with', () => {
  const settings = { server: 'http://s', key: '', language: 'en', variants: 2 } as const;
  expect(after({ type: 'opened', settings, version: '1' }).controls.variants).toBe(2);
});
