import { describe, expect, it } from 'vitest';
import { countChangedOutside, layOver } from '../../../server/engine/changed-outside.js';
import { cutPatch } from '../../../server/engine/composite.js';
import type { Source } from '../../../server/engine/picture.js';

const [width, height] = [12, 9];
const corner = { x: 0, y: 0 };

function draw(size: { width: number; height: number }, value: (at: number) => number): Source {
  const { width, height } = size;
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, (_, at) => value(at) & 255) };
}
const base = draw({ width, height }, (at) => 37 * at);
/** Its left half may change. */
const mask = Uint8Array.from({ length: width * height }, (_, at) => (at % width < 6 ? 255 : 0));

describe('counting what changed outside the mask', () => {
  it('counts no pixel of the picture itself, and none inside', () => {
    expect(countChangedOutside(base, { base, at: corner, mask })).toBe(0);
    const inside = { ...base, data: base.data.map((v, at) => (mask[Math.floor(at / 3)] ? 255 - v : v)) };
    expect(countChangedOutside(inside, { base, at: corner, mask })).toBe(0);
  });

  it('counts a pixel once, for one value of one channel or of alpha', () => {
    const data = base.data.slice();
    data[3 * 8 + 2]! ^= 1;
    data[3 * 9]! ^= 1;
    data[3 * 9 + 1]! ^= 1;
    expect(countChangedOutside({ ...base, data }, { base, at: corner, mask })).toBe(2);
    const alpha = new Uint8Array(width * height).fill(255);
    alpha[8] = 254;
    expect(countChangedOutside({ ...base, alpha }, { base, at: corner, mask })).toBe(1);
    expect(countChangedOutside(base, { base: { ...base, alpha }, at: corner, mask })).toBe(1);
  });

  it('takes what expansion added as inside', () => {
    const size = { width: width + 3, height: height + 2 };
    const canvas = draw(size, () => 0);
    for (let y = 0; y < height; y++) {
      canvas.data.set(base.data.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((y + 2) * size.width + 3));
    }
    const at = { x: 3, y: 2 };
    const kept = new Uint8Array(size.width * size.height);
    expect(countChangedOutside(canvas, { base, at, mask: kept })).toBe(0);
    canvas.data[3 * (2 * size.width + 3)]! ^= 1;
    expect(countChangedOutside(canvas, { base, at, mask: kept })).toBe(1);
  });

  it('sees a patch that reaches over the mask when it is laid over the base', () => {
    const patch = draw({ width: 4, height: 2 }, () => 9);
    expect(countChangedOutside(layOver(base, patch, { x: 1, y: 1 }), { base, at: corner, mask })).toBe(0);
    expect(countChangedOutside(layOver(base, patch, { x: 4, y: 1 }), { base, at: corner, mask })).toBe(4);
    const clear = { ...patch, alpha: Uint8Array.from([255, 255, 0, 0, 255, 128, 0, 0]) };
    expect(countChangedOutside(layOver(base, clear, { x: 4, y: 1 }), { base, at: corner, mask })).toBe(0);
  });

  it('leaves a base with alpha as it is where a patch is clear', () => {
    const alpha = Uint8Array.from({ length: width * height }, (_, at) => (at * 7) & 255);
    const seen = { ...base, alpha };
    const weights = mask.map((value, at) => (value ? 1 + (at % 255) : 0));
    const cut = cutPatch({ base: seen, patch: draw({ width, height }, (at) => at), at: corner, weights });
    const laid = layOver(seen, cut.patch, cut);
    expect(countChangedOutside(laid, { base: seen, at: corner, mask })).toBe(0);
    expect(laid.alpha).not.toEqual(alpha);
  });
});
