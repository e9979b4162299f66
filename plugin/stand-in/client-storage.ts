/** `figma.clientStorage`: values by key in one JSON text that the host keeps; bytes in base64. */
import { decodeBase64, encodeBase64 } from './base64.js';
import type { StandInHost } from './host.js';
import { isLonger, limits } from './limits.js';
import { cloneMessage } from './structured-clone.js';

const BYTES = '\u0000bytes';

export function makeClientStorage(place: StandInHost['storage']): ClientStorageAPI {
  let values: Promise<Map<string, string>> | undefined;
  const read = () => (values ??= place.read().then((text) => new Map(entriesOf(text))));
  let last: Promise<void> = Promise.resolve();
  /** One after the other: each goes on from what the one before has left. */
  const write = (change: (values: Map<string, string>) => void): Promise<void> => {
    const work = last.then(() => writeNow(change));
    last = work.catch(() => undefined);
    return work;
  };
  const writeNow = async (change: (values: Map<string, string>) => void): Promise<void> => {
    const next = new Map(await read());
    change(next);
    const text = JSON.stringify(Object.fromEntries(next));
    if (isLonger(text, limits.clientStorage))
      throw new Error('in setAsync: Exceeded the 5 MB that clientStorage holds');
    values = Promise.resolve(next);
    await place.write(text);
  };
  return {
    getAsync: async (key) => {
      const text = (await read()).get(key);
      return text === undefined ? undefined : decode(text);
    },
    setAsync: (key, value: unknown) => write((next) => next.set(key, encode(value))),
    deleteAsync: (key) => write((next) => next.delete(key)),
    keysAsync: async () => [...(await read()).keys()],
  };
}

function entriesOf(text: string | undefined): [string, string][] {
  const parsed: unknown = text === undefined ? {} : JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) return [];
  return Object.entries(parsed).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[key, value]] : [],
  );
}

function encode(value: unknown): string {
  return (
    JSON.stringify(cloneMessage(value), (_, part: unknown) =>
      part instanceof Uint8Array ? { [BYTES]: encodeBase64(part) } : part,
    ) ?? 'null'
  );
}

function decode(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || !(BYTES in part)) return part;
    return typeof part[BYTES] === 'string' ? decodeBase64(part[BYTES]) : part;
  });
}
