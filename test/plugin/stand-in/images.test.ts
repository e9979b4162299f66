import { expect, test } from 'vitest';
import sharp from 'sharp';
import { decodeBase64, encodeBase64 } from '../../../plugin/stand-in/base64.js';
import { readImageHeader } from '../../../plugin/stand-in/image-header.js';
import { hashOf } from '../../../plugin/stand-in/image-store.js';
import { makeDesk } from '../../support/stand-in.js';

const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: 200, g: 30, b: 90 } } });

test.each([
  ['PNG', () => blank(37, 21).png()],
  ['JPEG', () => blank(37, 21).jpeg()],
  ['JPEG', () => blank(37, 21).jpeg({ progressive: true }).withMetadata({ density: 300 })],
  ['GIF', () => blank(37, 21).gif()],
] as const)('the size of a %s is read from its first bytes', async (kind, make) => {
  const bytes = new Uint8Array(await make().toBuffer());
  expect(readImageHeader(bytes)).toEqual({ kind, width: 37, height: 21 });
});

test('a picture of another kind, or over 4096 pixels a side, is refused as Figma does', async () => {
  const { figma } = makeDesk();
  const webp = new Uint8Array(await blank(4, 4).webp().toBuffer());
  expect(() => figma.createImage(webp)).toThrow('Image type is unsupported');
  const large = new Uint8Array(await blank(4097, 1).png().toBuffer());
  expect(() => figma.createImage(large)).toThrow('Image is too large');
});

test('a picture is found again by its hash, with its own bytes and size', async () => {
  const { figma } = makeDesk();
  const bytes = new Uint8Array(await blank(12, 5).png().toBuffer());
  const { hash } = figma.createImage(bytes);
  expect(hash).toMatch(/^[0-9a-f]{40}$/);
  const image = figma.getImageByHash(hash);
  expect(await image?.getBytesAsync()).toEqual(bytes);
  expect(await image?.getSizeAsync()).toEqual({ width: 12, height: 5 });
  expect(figma.getImageByHash('0'.repeat(40))).toBeNull();
});

test('pictures that differ in one byte have different hashes', () => {
  const seen = new Set<string>();
  for (let at = 0; at < 1000; at += 1) {
    const bytes = new Uint8Array(1003);
    bytes[at] = 1;
    seen.add(hashOf(bytes));
  }
  expect(seen.size).toBe(1000);
});

test('base64 is the same as everybody else’s, both ways', () => {
  for (const length of [0, 1, 2, 3, 6143, 6144, 6145, 20_000]) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 7919) % 256);
    const text = encodeBase64(bytes);
    expect(text).toBe(Buffer.from(bytes).toString('base64'));
    expect(decodeBase64(text)).toEqual(bytes);
  }
  expect(() => decodeBase64('a?==')).toThrow('is not of base64');
});
