/** What a problem is and what to do about it, in words for just that one where the server has said more than its code. */
import type { TextKey } from './en.js';
import type { Figures, Problem, Reason } from '../problem.js';
import { isTextKey, type Values } from './speak.js';

/** `limit` ends the keys of its texts. */
type Beyond = { limit: 'pixels' | 'side' | 'bytes'; values: Values };

const MEGA = 1e6;
/** Bytes of a MB, as limits of files are told. */
const MB = 2 ** 20;

/** By what would let the plugin in. @returns undefined for a problem that the texts don't know */
export function adviceOn({ code, needs }: Reason): TextKey | undefined {
  return [`problem.${code}-${needs}-do`, `problem.${code}-do`].find(isTextKey);
}

/** `values` are to be put into both; `detail` is what they leave unsaid, in the words of whoever found it. */
export function explain(problem: Problem): { what: TextKey; todo: TextKey; values: Values; detail: string } {
  const { code, detail, figures = {} } = problem;
  const beyond = limitOf(figures);
  const [what, todo] = [`problem.${code}-${beyond?.limit}`, `problem.${code}-${beyond?.limit}-do`];
  if (beyond && isTextKey(what) && isTextKey(todo)) return { what, todo, values: beyond.values, detail: '' };
  const plain = `problem.${code}`;
  return {
    what: isTextKey(plain) ? plain : 'problem.other',
    todo: adviceOn(problem) ?? 'problem.other-do',
    values: {},
    detail,
  };
}

/** Which limit a picture is beyond, with both figures. */
function limitOf({ width, height, maxPixels, maxSide, bytes, maxBytes }: Figures): Beyond | undefined {
  if (bytes !== undefined && maxBytes !== undefined) {
    return { limit: 'bytes', values: { size: roundUp(bytes, MB), most: maxBytes / MB } };
  }
  if (width === undefined || height === undefined) return undefined;
  const size = { width: String(width), height: String(height) };
  const pixels = width * height;
  if (maxPixels !== undefined && pixels > maxPixels) {
    return { limit: 'pixels', values: { ...size, megapixels: roundUp(pixels, MEGA), most: maxPixels / MEGA } };
  }
  if (maxSide === undefined || Math.max(width, height) <= maxSide) return undefined;
  return { limit: 'side', values: { ...size, most: String(maxSide) } };
}

/** In a unit. So that what is just beyond a limit doesn't seem to be at it: texts show two digits. */
function roundUp(value: number, unit: number): number {
  return Math.ceil((100 * value) / unit) / 100;
}
