import { describe, expect, it } from 'vitest';
import { drawBackdrop, findReach } from '../../../server/engine/backdrop.js';
import { readBorder } from '../../../server/engine/border.js';

const [width, height] = [64, 48];
const by = { left: 20, right: 40, top: 16, bottom: 0 };
const whole = { width: width + 60, height: height + 16 };

function picture(valueAt: (x: number, y: number) => number) {
  const values = Array.from({ length: width * height }, (_, at) => valueAt(at % width, Math.floor(at / width)));
  return { data: Uint8Array.from(values.flatMap((value) => [value, value, value])), width, height };
}

describe('the background past the border', () => {
  it('has the colour that it has on it', () => {
    const border = readBorder(picture((x) => (x < 30 ? 240 : 241)))!;
    const { data, ...size } = drawBackdrop(border, { width, height }, by);
    expect(size).toEqual(whole);
    expect(new Set(data)).toEqual(new Set([240, 241]));
    const at = (x: number, y: number) => data[3 * (y * whole.width + x)];
    expect([at(by.left - 2, 40), at(by.left + width + 1, 40)]).toEqual([240, 241]);
  });

  it('is as light as the border beside it, and farther out the same all round', () => {
    const border = readBorder(picture((_, y) => 220 - y / 4))!;
    const { data } = drawBackdrop(border, { width, height }, by);
    const at = (x: number, y: number) => data[3 * (y * whole.width + x)]!;
    const down = (x: number) => at(x, by.top + 4) - at(x, by.top + height - 4);
    expect(down(by.left - 1)).toBeGreaterThan(5);
    expect(down(whole.width - 1)).toBe(0);
  });
});

describe('how far a garment may go on', () => {
  it('is straight out from where it lies on the border, and to the side as far as outwards', () => {
    const border = readBorder(picture((x, y) => (x > 50 && y >= 20 && y < 30 ? 80 : 255)))!;
    const reach = findReach(border, { width, height }, by);
    const margin = 64 / 16;
    const rows = (out: number) => {
      const column = Array.from({ length: whole.height }, (_, y) => reach[y * whole.width + by.left + width - 1 + out]);
      return [column.indexOf(255) - by.top, column.lastIndexOf(255) - by.top];
    };
    expect(rows(1)).toEqual([20 - margin - 1, 29 + margin + 1]);
    expect(rows(10)).toEqual([20 - margin - 10, 29 + margin + 10]);
    // neither on the other sides, nor in the picture
    const elsewhere = reach.filter((_, at) => at % whole.width < by.left + width);
    expect(elsewhere.some(Boolean)).toBe(false);
  });

  it('is nowhere where nothing lies on the border', () => {
    const border = readBorder(picture((x, y) => (x > 20 && x < 40 && y > 10 && y < 40 ? 80 : 255)))!;
    expect(findReach(border, { width, height }, by).some(Boolean)).toBe(false);
  });
});
