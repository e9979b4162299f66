/** When the panel says that a result is of another model: where it is known to be, and only then. */
import { expect, it } from 'vitest';
import type { ModelsAnswer } from '../../../plugin/ui/client/answers.js';
import { isOfOtherModel } from '../../../plugin/ui/other-model.js';
import { makeRecipe } from '../sandbox/open-plugin.js';

const serving = (...models: ModelsAnswer['models']): ModelsAnswer => ({ models, device: 'cpu', deviceReason: '' });
const loaded = { name: 'garments', title: 'Garments', loaded: true };
const recipe = makeRecipe({ bundle: { name: 'garments', checksum: 'c1' } });

it('is said of a result whose bundle is not the one that runs, though it may be there, or have its name', () => {
  const other = { ...loaded, checksum: 'c2' };
  expect(isOfOtherModel(recipe, serving(other))).toBe(true);
  expect(isOfOtherModel(recipe, serving(other, { ...loaded, loaded: false, checksum: 'c1' }))).toBe(true);
});

it('is not said where the same runs under another name', () => {
  expect(isOfOtherModel(recipe, serving({ ...loaded, name: 'renamed', checksum: 'c1' }))).toBe(false);
});

it.each([
  ['the result doesn’t say what made it', makeRecipe(), serving({ ...loaded, checksum: 'c2' })],
  ['the server doesn’t say what it runs', recipe, serving(loaded)],
  ['no model is loaded', recipe, serving({ ...loaded, loaded: false, checksum: 'c2' })],
  ['the server hasn’t been asked', recipe, undefined],
])('is not said where %s', (_, of, models) => {
  expect(isOfOtherModel(of, models)).toBe(false);
});
