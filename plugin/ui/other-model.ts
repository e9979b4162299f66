/** Whether the server makes something else now of what a result was made of. */
import type { Recipe } from '../messages.js';
import type { ModelsAnswer } from './client/answers.js';

/** Not where either doesn't say what it is. */
export function isOfOtherModel({ bundle }: Recipe, models: ModelsAnswer | undefined): boolean {
  const loaded = models?.models.flatMap(({ loaded, checksum }) => (loaded && checksum !== undefined ? [checksum] : []));
  return bundle !== undefined && loaded !== undefined && loaded.length > 0 && !loaded.includes(bundle.checksum);
}
