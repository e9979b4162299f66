/** Files that are, claim to be, or once were pictures. */
import { deflateSync, crc32 } from 'node:zlib';
import fc, { type Arbitrary } from 'fast-check';
import sharp from 'sharp';
import { makePhoto } from '../support/pictures.js';

type Damage = { how: 'none' | 'cut' | 'flip' | 'tail'; at: number; bit: number };

export async function arbitraryPicture(): Promise<Arbitrary<Uint8Array>> {
  const originals = await drawOriginals();
  const damage: Arbitrary<Damage> = fc.record({
    how: fc.constantFrom('none', 'cut', 'flip', 'flip', 'tail'),
    at: fc.nat(),
    bit: fc.nat(7),
  });
  return fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...originals), fc.array(damage, { maxLength: 3 })).map(spoil) },
    { weight: 1, arbitrary: fc.constantFrom(...strangers()) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }) },
  );
}

async function drawOriginals(): Promise<Uint8Array[]> {
  const photo = sharp(await makePhoto(48, 32));
  const grey = photo.clone().greyscale();
  const flat = sharp({ create: { width: 64, height: 64, channels: 4, background: '#8040' } });
  const long = sharp({ create: { width: 16_000, height: 1, channels: 3, background: 'red' } });
  const drawn = await Promise.all([
    photo.clone().png().toBuffer(),
    photo.clone().png({ palette: true }).toBuffer(),
    photo.clone().toColourspace('rgb16').png().toBuffer(),
    photo.clone().jpeg({ progressive: true }).toBuffer(),
    photo.clone().toColourspace('cmyk').jpeg().toBuffer(),
    photo.clone().webp({ lossless: true }).toBuffer(),
    photo
      .clone()
      .withExifMerge({ IFD0: { Orientation: '6', Copyright: 'x'.repeat(300) } })
      .jpeg()
      .toBuffer(),
    grey.jpeg().toBuffer(),
    flat.png().toBuffer(),
    flat.clone().webp().toBuffer(),
    long.png().toBuffer(),
  ]);
  return drawn.map((bytes) => new Uint8Array(bytes));
}

/** What is no picture that a server should open, and what is small on the wire and vast in memory. */
function strangers(): Uint8Array[] {
  const texts = [
    '',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>',
    '<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
    'GIF89a\u0001\u0000\u0001\u0000\u0000\u0000\u0000;',
    '%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj',
    'push graphic-context\nimage over 0,0 0,0 "file:///etc/passwd"\npop graphic-context',
    'BM\u0000\u0000\u0000\u0000',
    'II*\u0000\b\u0000\u0000\u0000',
    'RIFF\u0004\u0000\u0000\u0000WEBP',
  ];
  const sizes = [
    [0, 0],
    [0, 9],
    [1, 1],
    [65_535, 65_535],
    [2 ** 31 - 1, 1],
    [2 ** 32 - 1, 2 ** 32 - 1],
    [4000, 4000],
  ] as const;
  return [
    ...texts.map((text) => Buffer.from(text, 'latin1')),
    ...sizes.map(([width, height]) => writePng(width, height)),
    unpacksVastly(),
  ];
}

/** A PNG that says this size, in pixels, and holds a line of zeros. */
function writePng(width: number, height: number, extra: Buffer[] = []): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // eight bits of grey
  header.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(Buffer.alloc(4096));
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Words beside the picture that take 64 MiB once they are unpacked. */
function unpacksVastly(): Uint8Array {
  const vast = deflateSync(Buffer.alloc(64 * 1024 * 1024));
  return writePng(32, 32, [chunk('zTXt', Buffer.concat([Buffer.from('Comment\0\0'), vast]))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function spoil([original, damages]: [Uint8Array, Damage[]]): Uint8Array {
  return damages.reduce((bytes, { how, at, bit }) => {
    const place = at % Math.max(1, bytes.length);
    if (how === 'cut') return bytes.subarray(0, place);
    if (how === 'tail') return Buffer.concat([bytes, bytes.subarray(0, place)]);
    if (how === 'none') return bytes;
    return bytes.map((byte, n) => (n === place ? byte ^ (1 << bit) : byte));
  }, original);
}
