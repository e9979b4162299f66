/** What to do about a problem, by what would let the plugin in where the server said so. */
import type { TextKey } from './en.js';
import type { Reason } from '../problem.js';
import { isTextKey } from './speak.js';

/** @returns undefined for a problem that the texts don't know */
export function adviceOn({ code, needs }: Reason): TextKey | undefined {
  return [`problem.${code}-${needs}-do`, `problem.${code}-do`].find(isTextKey);
}
