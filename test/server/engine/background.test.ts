import { describe, expect, it } from 'vitest';
import { modelPixels } from '../../../shared/index.js';
import { findBackground, findOpen } from '../../../server/engine/background.js';

/** 64×48 pixels of one colour with a box of another. */
function picture(background: number, box: { x: number; y: number; width: number; height: number; value: number }) {
  const data = new Uint8Array(3 * 64 * 48).fill(background);
  for (let y = box.y; y < box.y + box.height; y++) {
    data.fill(box.value, 3 * (y * 64 + box.x), 3 * (y * 64 + box.x + box.width));
  }
  return { data, width: 64, height: 48 };
}

describe('finding the background', () => {
  it.each([255, 40])('of %i, takes every cell that nothing else touches', (background) => {
    const found = findBackground(
      picture(background, { x: 20, y: 17, width: 13, height: 10, value: 120 }),
      modelPixels(16),
    );
    expect([...found]).toEqual([1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1]);
  });

  it('stops at an outline, so that a white garment on white is no background', () => {
    const outlined = picture(255, { x: 14, y: 14, width: 36, height: 20, value: 0 });
    for (let y = 16; y < 32; y++) outlined.data.fill(255, 3 * (y * 64 + 16), 3 * (y * 64 + 48));
    expect([...findBackground(outlined, modelPixels(16))]).toEqual(Array(12).fill(0));
    const inner = findBackground(outlined, modelPixels(2));
    expect([inner[0], inner[10 * 32 + 12]]).toEqual([1, 0]);
  });

  it('takes a slight shade for background, and a garment that fills the picture for none but itself', () => {
    const shade = findBackground(picture(255, { x: 20, y: 17, width: 13, height: 10, value: 245 }), modelPixels(16));
    expect(shade.every(Boolean)).toBe(true);
    const noise = { data: Uint8Array.from({ length: 3 * 64 * 48 }, (_, n) => (n * 97) & 255), width: 64, height: 48 };
    expect(findBackground(noise, modelPixels(16)).some(Boolean)).toBe(false);
  });

  it('goes over as many cells as there are', () => {
    const plain = { data: new Uint8Array(3 * 512 * 512).fill(255), width: 512, height: 512 };
    expect(findBackground(plain, modelPixels(1)).every(Boolean)).toBe(true);
  });
});

describe('finding where background is open', () => {
  it('leaves out what has found a way into a pale garment, and no corner, gap below or way around it', () => {
    const drawn = [
      '........', //
      '..####..',
      '.#....#.',
      '.#.......',
      '.######.',
      '..#..#..',
    ].map((row) => row.slice(0, 8));
    const plain = Uint8Array.from(drawn.join(''), (cell) => (cell === '.' ? 1 : 0));
    const open = [...findOpen(plain, 8)];
    const shown = drawn.map((_, row) =>
      open
        .slice(8 * row, 8 * row + 8)
        .map((value) => (value ? '.' : '#'))
        .join(''),
    );
    expect(shown).toEqual([
      '........', //
      '..####..',
      '.######.',
      '.#......',
      '.######.',
      '..#..#..',
    ]);
  });
});
