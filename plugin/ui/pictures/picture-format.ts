/** Whether a picture's first bytes say that it is what the server takes: PNG, JPEG or WebP. */
export function isTakenByServer(bytes: Uint8Array): boolean {
  const starts = (at: number, ...values: number[]) => values.every((value, n) => bytes[at + n] === value);
  const png = starts(0, 0x89, 0x50, 0x4e, 0x47);
  const jpeg = starts(0, 0xff, 0xd8, 0xff);
  // RIFF, its length, WEBP
  const webp = starts(0, 0x52, 0x49, 0x46, 0x46) && starts(8, 0x57, 0x45, 0x42, 0x50);
  return png || jpeg || webp;
}
