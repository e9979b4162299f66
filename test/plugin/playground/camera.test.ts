import { describe, expect, it } from 'vitest';
import { invert, place } from '../../../plugin/affine.js';
import { fit, resizeView, viewTransform, zoomAbout } from '../../../plugin/playground/camera.js';
import { simplify } from '../../../plugin/playground/simplify-path.js';

const viewport = { x: 40, y: -20, zoom: 0.5, width: 800, height: 600 };

describe('the view of the canvas', () => {
  it('keeps what lies under the pointer there when it zooms', () => {
    const at = { x: 200, y: 450 };
    const before = place(invert(viewTransform(viewport)), at);
    const after = place(invert(viewTransform({ ...viewport, ...zoomAbout(viewport, at, 2.5) })), at);
    expect(after.x).toBeCloseTo(before.x, 9);
    expect(after.y).toBeCloseTo(before.y, 9);
  });

  it('leaves everything where it is on the screen when a panel takes room at the right', () => {
    const at = { x: 12, y: 34 };
    const narrower = { ...viewport, ...resizeView(viewport, { width: 460, height: 600 }) };
    expect(place(viewTransform(narrower), at)).toEqual(place(viewTransform(viewport), at));
  });

  it('fits a box in with room around it, and enlarges nothing beyond its pixels', () => {
    const wide = fit(viewport, { x: 0, y: 0, width: 4000, height: 100 });
    expect(wide.x).toBe(2000);
    expect((wide.zoom ?? 0) * 4000).toBeLessThan(800);
    expect(fit(viewport, { x: 0, y: 0, width: 10, height: 10 }).zoom).toBe(1);
  });
});

describe("a lasso's outline", () => {
  it('loses the points on straight stretches and keeps the corners', () => {
    const side = Array.from({ length: 11 }, (_, at) => at * 10);
    const square = [
      ...side.map((x) => ({ x, y: 0 })),
      ...side.map((y) => ({ x: 100, y })),
      ...side.map((x) => ({ x: 100 - x, y: 100 })),
      ...side.map((y) => ({ x: 0, y: 100 - y })),
    ];
    const simple = simplify(square, 0.5);
    expect(simple).toEqual([
      { x: 0, y: 0 },
      { x: 100, y: 0 },
      { x: 100, y: 100 },
      { x: 0, y: 100 },
      { x: 0, y: 0 },
    ]);
  });
});
