/** Decoded pictures by hash. Drawing takes those that are there; the rest come, and it draws again. */
import type { DocumentView } from '../stand-in/index.js';

export type Pictures = {
  get(hash: string): ImageBitmap | undefined;
  /** When every one of them is decoded, or known to be none. */
  ready(hashes: readonly string[]): Promise<void>;
};

export function createPictures(document: DocumentView, onDecoded: () => void): Pictures {
  const decoded = new Map<string, ImageBitmap>();
  const coming = new Map<string, Promise<void>>();

  function decode(hash: string): Promise<void> {
    const known = coming.get(hash);
    if (known) return known;
    const image = document.image(hash);
    // not kept as coming: it may be there later
    if (!image) return Promise.resolve();
    const promise = createImageBitmap(new Blob([new Uint8Array(image.bytes)])).then(
      (bitmap) => {
        decoded.set(hash, bitmap);
        onDecoded();
      },
      (thrown) => console.error(`picture ${hash} can't be decoded`, thrown),
    );
    coming.set(hash, promise);
    return promise;
  }

  return {
    get(hash) {
      if (!decoded.has(hash)) void decode(hash);
      return decoded.get(hash);
    },
    async ready(hashes) {
      await Promise.all(hashes.map(decode));
    },
  };
}
