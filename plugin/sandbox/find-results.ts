/** A job's results, wherever they have been taken: what they are lies in themselves, and not in their row. */
import type { Made } from '../messages.js';
import { readRecipe, recipeKeys } from './row-data.js';

/**
 * @param isWanted asked before each page: to read one may take long
 * @returns those of one page in their order, of the page that is shown if it has any; of the others each is read until one has
 */
export async function findResults(made: Made, isWanted: () => boolean): Promise<SceneNode[]> {
  const { currentPage, root } = figma;
  for (const page of [currentPage, ...root.children.filter(({ id }) => id !== currentPage.id)]) {
    if (!isWanted()) break;
    await page.loadAsync();
    const found = page.findAllWithCriteria({ pluginData: { keys: recipeKeys } }).flatMap((node) => {
      const recipe = readRecipe(node);
      return recipe?.job === made.job && recipe.server === made.server ? [{ node, recipe }] : [];
    });
    if (found.length === 0) continue;
    return found.sort((a, b) => a.recipe.variant - b.recipe.variant).map(({ node }) => node);
  }
  return [];
}
