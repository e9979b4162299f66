/** Values between a test and QuickJS: JSON, with byte arrays beside it as buffers. The other end is quickjs-prelude.js. */
import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten';

const BYTES = '\u0000bytes';

export function pack(context: QuickJSContext, value: unknown): QuickJSHandle[] {
  const buffers: Uint8Array[] = [];
  // Node's Buffer has a toJSON of its own, which would come first
  const json = JSON.stringify(withPlainBytes(value), (_, part: unknown) => {
    if (!(part instanceof Uint8Array)) return part;
    buffers.push(part);
    return { [BYTES]: buffers.length - 1 };
  });
  return [context.newString(json), ...buffers.map((bytes) => bytesOf(context, bytes))];
}

export function unpack(context: QuickJSContext, [json, ...buffers]: QuickJSHandle[]): never {
  const bytes = buffers.map((handle) => context.getArrayBuffer(handle).consume(({ value }) => new Uint8Array(value)));
  const text = json ? context.getString(json) : 'null';
  // what it is, whoever asked for it knows
  return JSON.parse(text, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || !(BYTES in part)) return part;
    return bytes[Number(part[BYTES])];
  }) as never;
}

/** The same, and the handles are disposed of. */
export function release(context: QuickJSContext, handles: QuickJSHandle[]): never {
  const value = unpack(context, handles);
  for (const handle of handles) handle.dispose();
  return value;
}

export function bytesOf(context: QuickJSContext, bytes: Uint8Array): QuickJSHandle {
  return context.newArrayBuffer(new Uint8Array(bytes).buffer);
}

function withPlainBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(withPlainBytes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withPlainBytes(part)]));
}
