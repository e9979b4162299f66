/** The document's pictures by hash. They are never taken back by an undo, and never change. */
import { decodeBase64, encodeBase64 } from './base64.js';
import { readImageHeader } from './image-header.js';
import { limits } from './limits.js';

export type StoredImage = { readonly bytes: Uint8Array; readonly width: number; readonly height: number };

export class ImageStore {
  readonly #images = new Map<string, StoredImage>();
  readonly #encoded = new Map<string, string>();

  /** @throws as `figma.createImage` does */
  add(bytes: Uint8Array): string {
    const header = readImageHeader(bytes);
    if (!header) throw new Error('in createImage: Image type is unsupported');
    const { width, height } = header;
    if (width > limits.imageSide || height > limits.imageSide) throw new Error('in createImage: Image is too large');
    const hash = hashOf(bytes);
    if (!this.#images.has(hash)) this.#images.set(hash, { bytes: bytes.slice(), width, height });
    return hash;
  }

  get(hash: string): StoredImage | undefined {
    return this.#images.get(hash);
  }

  /** Base64 by hash, of those asked for. */
  save(hashes: Iterable<string>): Record<string, string> {
    const saved: Record<string, string> = {};
    for (const hash of hashes) {
      const image = this.#images.get(hash);
      if (!image) continue;
      const text = this.#encoded.get(hash) ?? encodeBase64(image.bytes);
      this.#encoded.set(hash, text);
      saved[hash] = text;
    }
    return saved;
  }

  load(saved: Readonly<Record<string, string>>): void {
    for (const [hash, text] of Object.entries(saved)) {
      const bytes = decodeBase64(text);
      const header = readImageHeader(bytes);
      if (header) this.#images.set(hash, { bytes, width: header.width, height: header.height });
      this.#encoded.set(hash, text);
    }
  }
}

/**
 * Forty hex digits like Figma's SHA-1, from a mixing function that reads whole words: a sandbox's interpreter would take
 * seconds for the real one, and nobody here forges pictures.
 */
export function hashOf(bytes: Uint8Array): string {
  const words = new Uint32Array(bytes.slice().buffer, 0, bytes.length >> 2);
  const lanes = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1];
  let [a, b] = [bytes.length | 0, 0x2545f491];
  for (const word of words) {
    a = Math.imul(a ^ word, 0x9e3779b1);
    a = (a << 13) | (a >>> 19);
    b = (Math.imul(b, 0x85ebca6b) + (a ^ word)) | 0;
    b ^= b >>> 15;
  }
  for (const byte of bytes.subarray(words.length * 4)) a = Math.imul(a ^ byte, 0x01000193);
  return lanes
    .map((lane) =>
      finish(Math.imul(a, lane) ^ finish(b + lane))
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
}

function finish(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
