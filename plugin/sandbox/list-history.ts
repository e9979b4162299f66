/** The results on the page that is shown, the newest first. */
import type { HistoryEntry } from '../messages.js';
import { readRecipe, recipeKeys } from './row-data.js';

const MAX_ENTRIES = 200;

export function listHistory(): HistoryEntry[] {
  const nodes = figma.currentPage.findAllWithCriteria({ pluginData: { keys: recipeKeys } });
  const entries = nodes.flatMap((node) => {
    const recipe = readRecipe(node);
    return recipe ? [{ node: node.id, name: node.name, recipe }] : [];
  });
  // ISO times sort as text
  return entries.sort((a, b) => (a.recipe.madeAt < b.recipe.madeAt ? 1 : -1)).slice(0, MAX_ENTRIES);
}
