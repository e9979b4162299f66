/** What a picture's first bytes say it is; the server takes PNG, JPEG and WebP. */
export type PictureFormat = 'png' | 'jpeg' | 'webp' | 'gif';

export function tellFormat(bytes: Uint8Array): PictureFormat | undefined {
  const starts = (at: number, ...values: number[]) => values.every((value, n) => bytes[at + n] === value);
  if (starts(0, 0x89, 0x50, 0x4e, 0x47)) return 'png';
  if (starts(0, 0xff, 0xd8, 0xff)) return 'jpeg';
  // RIFF, its length, WEBP
  if (starts(0, 0x52, 0x49, 0x46, 0x46) && starts(8, 0x57, 0x45, 0x42, 0x50)) return 'webp';
  if (starts(0, 0x47, 0x49, 0x46, 0x38)) return 'gif';
  return undefined;
}

export function isTakenByServer(bytes: Uint8Array): boolean {
  const format = tellFormat(bytes);
  return format !== undefined && format !== 'gif';
}
