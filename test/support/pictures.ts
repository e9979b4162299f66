/** Pictures for tests: made the same every time, and with no two pixels alike, so that nothing can shift unseen. */
import sharp from 'sharp';

export type Pixels = { data: Buffer; width: number; height: number };

/** Soft colours under fine grain, as cloth has it. */
export async function makePhoto(width: number, height: number, seed = 1, format: 'png' | 'jpeg' = 'png') {
  let state = seed >>> 0;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 3 * (y * width + x);
      data[at] = 60 + (120 * x) / width + 60 * random();
      data[at + 1] = 40 + (110 * y) / height + 60 * random();
      data[at + 2] = 90 + 60 * Math.sin(seed + x / 37 + y / 53) + 60 * random();
    }
  }
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  return new Uint8Array(await (format === 'png' ? picture.png() : picture.jpeg({ quality: 92 })).toBuffer());
}

/** RGB, eight bits a channel. */
export async function decode(bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(bytes)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
