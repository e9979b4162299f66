/** Values of options that are numbers. */

/** @throws RangeError naming the option and its value */
export function readCount(name: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new RangeError(`${name} ${text}: a whole number is needed, for one: ${name} 100`);
}
