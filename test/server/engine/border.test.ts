import { describe, expect, it } from 'vitest';
import { readBorder } from '../../../server/engine/border.js';
import type { Picture } from '../../../server/engine/picture.js';
import { createRandomStream } from '../../../server/engine/random.js';

const [width, height] = [96, 64];
/** The border's pixels, clockwise from the top left corner. */
const count = 2 * (width - 1) + 2 * (height - 1);

/** Grey, by a value for each place. */
function draw(valueAt: (x: number, y: number) => number): Picture {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return valueAt(pixel % width, Math.floor(pixel / width));
  });
  return { data, width, height };
}

const countTouched = (picture: Picture) => readBorder(picture)?.touched.reduce((sum, value) => sum + value, 0);

describe("a picture's border", () => {
  it.each([255, 200, 0])('of %i all round is background of exactly that', (value) => {
    const border = readBorder(draw((x, y) => (x > 20 && x < 60 && y > 10 && y < 50 ? 120 : value)));
    expect(border?.colours).toEqual(new Uint8Array(3 * count).fill(value));
    expect(border?.touched).toEqual(new Uint8Array(count));
  });

  it('is touched where a garment lies on it, and shows the background beside it there', () => {
    const border = readBorder(draw((x, y) => (x >= 30 && x < 50 && y > 40 ? 90 : 250)));
    const at = [...border!.touched.keys()].filter((n) => border!.touched[n]);
    // the lower side runs from the right
    const corner = width - 1 + (height - 1);
    expect([at[0], at.length, at.at(-1)]).toEqual([corner + (width - 1 - 49), 20, corner + (width - 1 - 30)]);
    expect(border?.colours.every((value) => value === 250)).toBe(true);
  });

  it('is touched by all of a pale garment between its outlines', () => {
    const outline = (x: number) => [20, 21, 60, 61].includes(x);
    expect(countTouched(draw((x, y) => (y < 40 || x < 20 || x > 61 ? 255 : outline(x) ? 215 : 249)))).toBe(42);
  });

  it('goes over paper that darkens towards its corners, over grain, and over a faint shade', () => {
    const paper = draw((x, y) => 200 - Math.hypot(x - width / 2, y - height / 2) / 3);
    expect(countTouched(paper)).toBe(0);
    expect(Math.max(...readBorder(paper)!.colours) - Math.min(...readBorder(paper)!.colours)).toBeGreaterThan(6);
    expect(countTouched(draw((x, y) => 240 + ((x + y) % 2)))).toBe(0);
    expect(countTouched(draw((x, y) => (x > 30 && x < 70 && y > 50 ? 249 : 255)))).toBe(0);
  });

  it('shows no background where it is rough, or where hardly any of it is one', () => {
    const grain = createRandomStream(3).uniforms(width * height);
    expect(readBorder(draw((x, y) => 200 + 9 * grain[y * width + x]!))).toBeUndefined();
    expect(readBorder(draw((x, y) => (y < 56 || x > 70 ? (7 * x * x + 3 * y * y) & 255 : 255)))).toBeUndefined();
    expect(readBorder({ data: new Uint8Array(3 * 5).fill(255), width: 5, height: 1 })).toBeUndefined();
  });
});
