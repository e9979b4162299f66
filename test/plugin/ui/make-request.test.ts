/** From the controls to what the server takes. */
import { describe, expect, it } from 'vitest';
import type { Recipe, Subject } from '../../../plugin/messages.js';
import { firstControls, restoreControls, type Controls, type Task } from '../../../plugin/ui/controls.js';
import { sidesForRatio, sidesInPixels } from '../../../plugin/ui/expand-sides.js';
import { keptBy } from '../../../plugin/ui/jobs/kept.js';
import { makeRequest } from '../../../plugin/ui/jobs/make-request.js';
import { makeOrder, makeOrderAgain, missingFor } from '../../../plugin/ui/jobs/order.js';
import { generationRequest } from '../../../shared/request.js';

const [base, mask, other] = ['a', 'b', 'c'].map((digit) => digit.repeat(32)) as [string, string, string];
const node = (id: string) => ({ id, name: id, width: 100, height: 200, look: 'image' as const });
const titleOf = (task: Task) => task;
const words = (task: keyof Controls['words'], text: string) => ({ words: { ...firstControls.words, [task]: text } });
const subjects = {
  nothing: { kind: 'nothing' },
  image: { kind: 'image', target: node('1:1') },
  shapes: { kind: 'shapes', target: node('1:1'), shapes: [node('2:1')] },
  pair: { kind: 'pair', target: node('1:1'), other: node('1:2') },
  both: { kind: 'shapes-and-other', target: node('1:1'), shapes: [node('2:1')], other: node('1:2') },
} satisfies Record<string, Subject>;

function request(subject: Subject, task: Task, change: Partial<Controls> = {}) {
  const order = makeOrder(subject, task, { ...firstControls, variants: 2, ...change }, titleOf);
  const uploaded = {
    ...(task === 'generate' ? {} : { base: { asset: base, width: 200, height: 400 } }),
    ...(task === 'edit' ? { mask } : {}),
    ...('other' in subject ? { other } : {}),
  };
  // what the server's own schema makes of it
  return generationRequest.parse(JSON.parse(JSON.stringify(makeRequest(order, uploaded))));
}

it('asks for no model, whatever an older recipe’s controls have stood at: a server has one', () => {
  const controls = restoreControls({ bundle: 'another', steps: 4 }, firstControls);
  expect(request(subjects.nothing, 'generate', controls)).not.toHaveProperty('bundle');
});

describe('a row without words', () => {
  const recipe: Recipe = {
    version: 1,
    server: 's',
    job: 'j',
    request: {},
    variant: 0,
    seed: 77,
    relevance: 0,
    fidelity: 0,
    passes: 1,
    madeAt: '2026-01-01T00:00:00.000Z',
    panel: {},
  };
  const nameFor = (name: string, made?: Recipe) => {
    const target = { ...node('1:1'), name, ...(made ? { recipe: made } : {}) };
    return makeOrder({ kind: 'image', target }, 'vary', firstControls, titleOf).name;
  };

  it('is named after its picture', () => {
    expect(nameFor('Look 3 · 77')).toBe('vary · Look 3 · 77');
  });

  it('is named after both pictures where there are two', () => {
    const nameOf = (subject: Subject, task: Task) => makeOrder(subject, task, firstControls, titleOf).name;
    expect(nameOf(subjects.pair, 'mix')).toBe('mix · 1:1 + 1:2');
    expect(nameOf(subjects.both, 'edit')).toBe('edit · 1:1 + 1:2');
    expect(nameOf(subjects.pair, 'generate')).toBe('generate');
  });

  it('is named after what its result was made of, without seeds and earlier tasks', () => {
    expect(nameFor('linen shirt · 77', recipe)).toBe('vary · linen shirt');
    expect(nameFor('mix · linen shirt · 77', recipe)).toBe('vary · linen shirt');
    expect(nameFor('Best of all', recipe)).toBe('vary · Best of all');
  });
});

describe('each task as the server takes it', () => {
  it('words', () => {
    expect(request(subjects.nothing, 'generate', { ...words('generate', ' navy polo '), seed: 5, passes: 8 })).toEqual({
      prompt: 'navy polo',
      variants: 2,
      previews: 2,
      seed: 5,
      passes: 8,
    });
  });

  it('neighbours', () => {
    expect(request(subjects.image, 'vary', { strength: 0.3 }).vary).toEqual({ asset: base, strength: 0.3 });
  });

  it('a whole picture by words', () => {
    expect(request(subjects.image, 'words', words('words', 'black'))).toMatchObject({
      prompt: 'black',
      base: { asset: base, keepBackground: true },
    });
  });

  it('a picture that grows, in its own pixels', () => {
    const expand = { left: 0.5, right: 0, top: 0, bottom: 0.25 };
    expect(request(subjects.image, 'expand', { expand }).base?.expand).toEqual({
      left: 100,
      right: 0,
      top: 0,
      bottom: 100,
    });
  });

  it('others like it', () => {
    expect(request(subjects.image, 'reference').references).toEqual([{ asset: base }]);
  });

  it('the inside of shapes, or all but that', () => {
    expect(request(subjects.shapes, 'edit').base).toEqual({ asset: base, mask });
    expect(request(subjects.shapes, 'edit', { lock: true }).base).toEqual({ asset: base, lock: mask });
  });

  it('the inside of shapes by another picture: its pattern, or its own tokens', () => {
    const pattern = request(subjects.both, 'edit', { scale: 0.5, rotation: 45, repeat: 'half-drop', shading: 0.7 });
    expect(pattern.references).toEqual([{ asset: other, scale: 0.5, rotation: 45, repeat: 'half-drop' }]);
    expect(pattern.base).toEqual({ asset: base, mask, shading: 0.7 });
    const tokens = request(subjects.both, 'edit', { otherUse: 'tokens' });
    expect(tokens.base).toEqual({ asset: base, mask, tokensFrom: other });
    expect(tokens.references).toBeUndefined();
  });

  it('a pattern over everything, and a mix', () => {
    expect(request(subjects.pair, 'pattern').base).toEqual({ asset: base, keepBackground: true, shading: 0.5 });
    expect(request(subjects.pair, 'mix', { steps: 7, silhouette: 0.5 }).mix).toMatchObject({
      assets: [base, other],
      steps: 7,
      silhouette: 0.5,
      texture: 1,
    });
  });
});

describe('an order', () => {
  it('counts the steps of a mix as its pictures', () => {
    expect(makeOrder(subjects.pair, 'mix', { ...firstControls, steps: 6 }, titleOf).count).toBe(6);
  });

  it('of a new garment has no name of the picture that happens to be selected', () => {
    expect(makeOrder(subjects.image, 'generate', firstControls, titleOf).name).toBe('generate');
    expect(makeOrder(subjects.image, 'vary', firstControls, titleOf).name).toBe('vary · 1:1');
  });

  it('says what is missing', () => {
    const missing = (task: Task) => missingFor(task, { controls: firstControls, subject: subjects.image });
    expect(missing('words')).toBe('needs.words');
    expect(missing('generate')).toBeUndefined();
    expect(missing('edit')).toBeUndefined();
    expect(missing('expand')).toBe('needs.sides');
  });

  it('of a picture that would grow beyond what Figma takes is kept from being made', () => {
    const grown = (left: number, pixels = { width: 3000, height: 4096 }) =>
      missingFor('expand', {
        controls: { ...firstControls, expand: { left: left / pixels.width, right: 0, top: 0, bottom: 0 } },
        subject: { kind: 'image', target: { ...node('1:1'), pixels } },
      });
    expect(grown(1096)).toBeUndefined();
    expect(grown(1097)).toBe('needs.smaller');
    expect(grown(1, { width: 4096, height: 8 })).toBe('needs.smaller');
  });

  it('tells the canvas how far a picture grows in its units', () => {
    const expand = { left: 0.5, right: 0, top: 0.1, bottom: 0 };
    expect(makeOrder(subjects.image, 'expand', { ...firstControls, expand }, titleOf).expand).toEqual({
      left: 50,
      right: 0,
      top: 20,
      bottom: 0,
    });
  });

  it('to make more of a result is its own request without the seed, for as many pictures as the panel says', () => {
    const recipe: Recipe = {
      version: 1,
      server: '',
      job: '',
      request: { prompt: 'polo', variants: 3, seed: 9, previews: 0 },
      variant: 0,
      seed: 9,
      relevance: 0,
      fidelity: 0,
      passes: 1,
      madeAt: '',
      panel: { task: 'generate', variants: 3, ...words('generate', 'polo') },
      parent: '0:1',
      selectedWith: ['0:2'],
    };
    const controls = { ...firstControls, variants: 1, ...words('generate', 'jeans') };
    const order = makeOrderAgain({ ...node('5:5'), recipe }, recipe, controls);
    expect(order).toMatchObject({ count: 1, target: '5:5', shapes: [], others: [] });
    expect(order).toMatchObject({ parent: '0:1', selectedWith: ['0:2'] });
    expect(makeRequest(order, {})).toEqual({ prompt: 'polo', variants: 1, previews: 2 });
  });
});

describe('sides', () => {
  it('grow a picture to a ratio, equally on both sides', () => {
    expect(sidesForRatio({ width: 100, height: 200 }, '1:1')).toEqual({ left: 0.5, right: 0.5, top: 0, bottom: 0 });
    expect(sidesForRatio({ width: 200, height: 100 }, '4:5')).toMatchObject({ left: 0, right: 0, top: 0.75 });
  });

  it('are whole pixels, and no more than the server adds', () => {
    const sides = { left: 8, right: 0.0126, top: 0, bottom: 0 };
    expect(sidesInPixels(sides, { width: 1000, height: 1000 })).toEqual({ left: 4096, right: 13, top: 0, bottom: 0 });
  });
});

it('what an edit keeps follows from its request', () => {
  expect(keptBy({ base: { asset: base, mask } })).toBe('outside');
  expect(keptBy({ base: { asset: base, lock: mask } })).toBe('locked');
  expect(keptBy({ base: { asset: base, expand: {} } })).toBe('original');
  expect(keptBy({ base: { asset: base, keepBackground: true } })).toBe('background');
  expect(keptBy({ base: { asset: base } })).toBeUndefined();
  expect(keptBy({ prompt: 'polo' })).toBeUndefined();
});
