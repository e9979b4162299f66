/** Figma's limits, and the errors it answers with. */

export const limits = {
  /** Pixels a side of an image. */
  imageSide: 4096,
  /** Bytes of one plugin data entry: plugin id, key and value. */
  pluginData: 100 * 1024,
  /** Bytes of clientStorage. */
  clientStorage: 5 * 1024 * 1024,
  /** Characters of a notification. */
  notification: 100,
  /** Characters of a relaunch button's description. */
  relaunchDescription: 1000,
  /** Canvas units of a node's side. */
  smallestSide: 0.01,
} as const;

/** Length in UTF-8, where no TextEncoder is at hand. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** Counts only where the number of characters leaves it open: counting megabytes is slow in a sandbox. */
export function isLonger(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && byteLength(text) > bytes);
}

export function removedNode(id: string, use: string): Error {
  return new Error(`in ${use}: The node with id "${id}" does not exist`);
}

export function invalid(use: string, reason: string): Error {
  return new Error(`in ${use}: ${reason}`);
}
