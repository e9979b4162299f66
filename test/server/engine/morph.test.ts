import { describe, expect, it } from 'vitest';
import type { Picture } from '../../../server/engine/picture.js';
import { planMorph } from '../../../server/engine/tasks/morph.js';

type Box = { left: number; top: number; right: number; bottom: number };

/** A grey block on white, 64 pixels a side. */
function block({ left, top, right, bottom }: Box, grey = 90): Picture {
  const within = (at: number) => {
    const [x, y] = [at % 64, Math.floor(at / 64)];
    return x >= left && x < right && y >= top && y < bottom;
  };
  return {
    width: 64,
    height: 64,
    data: Uint8Array.from({ length: 3 * 64 * 64 }, (_, n) => (within(Math.floor(n / 3)) ? grey : 255)),
  };
}

function boxOf({ data }: Picture): number[] {
  const dark = Array.from({ length: 64 * 64 }, (_, at) => at).filter((at) => (data[3 * at] ?? 255) < 170);
  const [xs, ys] = [dark.map((at) => at % 64), dark.map((at) => Math.floor(at / 64))];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
}

describe('bringing two garments to one place', () => {
  const [wide, tall] = [
    { left: 8, top: 20, right: 56, bottom: 44 },
    { left: 24, top: 4, right: 40, bottom: 60 },
  ];

  it('draws both into the box between theirs', async () => {
    const morph = planMorph(block(wide), block(tall));
    const pictures = await morph?.(0.5);
    const expected = [16, 12, 48, 52];
    for (const picture of pictures ?? []) {
      boxOf(picture).forEach((side, n) => expect(Math.abs(side - (expected[n] ?? 0))).toBeLessThanOrEqual(1));
    }
    expect(pictures).toHaveLength(2);
  });

  it('leaves the first as it is at the start, and the second at the end', async () => {
    const morph = planMorph(block(wide), block(tall));
    expect((await morph?.(0))?.[0].data).toEqual(block(wide).data);
    expect((await morph?.(1))?.[1].data).toEqual(block(tall).data);
  });

  it('fills what comes into sight with background', async () => {
    const cut = { left: 16, top: 32, right: 48, bottom: 64 }; // reaches the lower edge
    const morph = planMorph(block(cut), block({ left: 24, top: 8, right: 40, bottom: 24 }));
    const [moved] = (await morph?.(1)) ?? [];
    expect(boxOf(moved ?? block(cut))[3]).toBeLessThanOrEqual(25);
  });

  it('has nothing to do for garments in one place, without a garment, or far apart in size', () => {
    expect(planMorph(block(wide), block(wide, 20))).toBeUndefined();
    expect(planMorph(block(wide), block({ left: 0, top: 0, right: 0, bottom: 0 }))).toBeUndefined();
    expect(planMorph(block(wide), block({ left: 24, top: 28, right: 32, bottom: 36 }))).toBeUndefined();
  });
});
