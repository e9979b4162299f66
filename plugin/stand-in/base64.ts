/** Base64 both ways, since Figma's sandbox has no `atob`. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const codes = Array.from(alphabet, (character) => character.charCodeAt(0));
const valueOf = new Uint8Array(128).fill(255);
codes.forEach((code, value) => (valueOf[code] = value));

/** A multiple of 3, small enough to be the arguments of one call. */
const CHUNK = 6144;

export function encodeBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += CHUNK)
    parts.push(encodeChunk(bytes.subarray(start, start + CHUNK)));
  return parts.join('');
}

function encodeChunk(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  const code = (value: number) => codes[value & 63] ?? 0;
  for (let at = 0, out = 0; at < bytes.length; at += 3, out += 4) {
    const three = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text[out] = code(three >> 18);
    text[out + 1] = code(three >> 12);
    text[out + 2] = at + 1 < bytes.length ? code(three >> 6) : 0x3d;
    text[out + 3] = at + 2 < bytes.length ? code(three) : 0x3d;
  }
  return String.fromCharCode(...text);
}

/** @throws where the text is not base64 */
export function decodeBase64(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = text.length - padding;
  if (text.length % 4 !== 0) throw new Error('The length of base64 text is a multiple of 4.');
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let at = 0, out = 0, held = 0; at < length; at += 1) {
    const value = valueOf[text.charCodeAt(at)] ?? 255;
    if (value === 255) throw new Error(`"${text.charAt(at)}" is not of base64.`);
    held = ((held << 6) | value) & 0xffffff;
    const bits = (at % 4) * 2;
    if (bits > 0) bytes[out++] = (held >> (6 - bits)) & 255;
  }
  return bytes;
}
