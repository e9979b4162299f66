/** A picture's kind and size from its first bytes; PNG, JPEG and GIF, which are what Figma takes. */

export type ImageHeader = { kind: 'PNG' | 'JPEG' | 'GIF'; width: number; height: number };

export function readImageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) && bytes.length >= 24)
    return { kind: 'PNG', width: view.getUint32(16), height: view.getUint32(20) };
  if (startsWith(bytes, [0x47, 0x49, 0x46, 0x38]) && bytes.length >= 10)
    return { kind: 'GIF', width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return readJpeg(view);
  return undefined;
}

/** Walks the segments up to the frame header; of pictures turned by EXIF, the size is that of the stored pixels. */
function readJpeg(view: DataView): ImageHeader | undefined {
  for (let at = 2; at + 9 <= view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    // padding
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { kind: 'JPEG', height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
}
