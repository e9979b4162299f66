/** What a result is called beside those of the same job. */
import type { Recipe } from '../../messages.js';
import { plainName } from '../plain-name.js';
import type { Say } from '../texts/speak.js';

export function variantName(node: { name: string; recipe?: Recipe | undefined }, say: Say): string {
  const name = plainName(node);
  const { request = {}, variant = 0 } = node.recipe ?? {};
  if (request['mix'] !== undefined) return say('result.step', { name, n: variant + 1 });
  const hasOthers = typeof request['variants'] === 'number' && request['variants'] > 1;
  return hasOthers ? say('result.variant', { name, n: variant + 1 }) : name;
}
