import { describe, expect, it } from 'vitest';
import { modelPixels } from '../../../shared/index.js';
import { planWindows } from '../../../server/engine/windows.js';

function maskOf(width: number, height: number, box: { x: number; y: number; width: number; height: number }) {
  const mask = new Uint8Array(width * height);
  for (let y = box.y; y < box.y + box.height; y++) mask.fill(255, y * width + box.x, y * width + box.x + box.width);
  return mask;
}

function plan(width: number, height: number, box: Parameters<typeof maskOf>[2], own = { width, height }) {
  return planWindows({ size: { width, height }, mask: maskOf(width, height, box), own, modelSide: modelPixels(256) });
}

describe('planning windows', () => {
  it("shows the whole of a picture of the model's size, wherever the mask lies", () => {
    expect(plan(256, 256, { x: 200, y: 3, width: 9, height: 30 })).toEqual([{ x: 0, y: 0, side: 256 }]);
  });

  it('shows a small picture whole, not in a corner of a large window', () => {
    expect(plan(64, 48, { x: 0, y: 0, width: 1, height: 1 })).toEqual([{ x: 0, y: -8, side: 64 }]);
  });

  it('takes in context around a small mask of a large picture, and stays on it', () => {
    const [window, ...rest] = plan(3000, 4000, { x: 2900, y: 10, width: 100, height: 100 });
    expect(rest).toEqual([]);
    expect(window).toEqual({ x: 2232, y: 0, side: 768 });
  });

  it('takes the whole of a large picture where all of it changes', () => {
    expect(plan(3000, 4000, { x: 0, y: 0, width: 3000, height: 4000 })).toEqual([{ x: -500, y: 0, side: 4000 }]);
  });

  it('walks outwards over a wide expansion, each window half on what is known', () => {
    const windows = plan(1500, 256, { x: 256, y: 0, width: 1244, height: 256 }, { width: 256, height: 256 });
    expect(windows.length).toBeGreaterThan(3);
    expect(windows.map(({ x }) => x)).toEqual(windows.map(({ x }) => x).sort((a, b) => a - b));
    let known = 256;
    for (const { x, side } of windows) {
      expect(known - x).toBeGreaterThanOrEqual(side / 4);
      known = Math.max(known, Math.min(1500, x + side));
    }
    expect(known).toBe(1500);
  });

  it('covers every pixel of any mask', () => {
    const size = { width: 700, height: 300 };
    const mask = Uint8Array.from({ length: 700 * 300 }, (_, at) => (at % 97 < 3 ? 1 : 0));
    const own = { width: 200, height: 200 };
    for (const { x, y, side } of planWindows({ size, mask, own, modelSide: modelPixels(256) })) {
      for (let row = Math.max(0, y); row < Math.min(300, y + side); row++) {
        mask.fill(0, row * 700 + Math.max(0, x), row * 700 + Math.min(700, x + side));
      }
    }
    expect(mask.some((value) => value > 0)).toBe(false);
  });

  it('refuses what would take over 64 windows', () => {
    const own = { width: 30, height: 30 };
    expect(() => plan(2500, 2500, { x: 30, y: 0, width: 2470, height: 2500 }, own)).toThrow(/64 windows/);
  });
});
