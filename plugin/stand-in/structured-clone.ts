/** The copy that a message becomes on its way between the halves; plain data, dates and bytes, nothing else. */

/** @throws at functions, symbols, and objects of any other kind */
export function cloneMessage<Value>(value: Value): Value;
export function cloneMessage(value: unknown): unknown {
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'function' || typeof value === 'symbol') throw uncloneable(value);
    return value;
  }
  if (Array.isArray(value)) return value.map((part: unknown) => cloneMessage(part));
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (value instanceof Date) return new Date(value.getTime());
  const prototype: unknown = Object.getPrototypeOf(value);
  // a plain object of another realm has a prototype that in turn has none
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) throw uncloneable(value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, cloneMessage(part)]));
}

function uncloneable(value: unknown): Error {
  return new Error(`${typeof value === 'object' ? 'This object' : String(value)} can't be cloned`);
}
