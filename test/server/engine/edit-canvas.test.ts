import { describe, expect, it } from 'vitest';
import { composite } from '../../../server/engine/composite.js';
import { featherInside } from '../../../server/engine/feather.js';
import type { Source } from '../../../server/engine/picture.js';
import { expand, readMask } from '../../../server/engine/tasks/edit-canvas.js';

const [width, height] = [12, 10];
const sides = { left: 8, right: 5, top: 6, bottom: 7 };
const cloth = (alpha?: Uint8Array): Source => ({
  data: Uint8Array.from({ length: 3 * width * height }, (_, n) => (n * 7) % 251),
  width,
  height,
  ...(alpha ? { alpha } : {}),
});

describe('an expanded picture', () => {
  it('repeats its edge, as opaque as it is there', () => {
    const alpha = Uint8Array.from({ length: width * height }, (_, n) => (n * 13) % 256);
    const canvas = expand(cloth(alpha), sides);
    expect([canvas.width, canvas.height]).toEqual([25, 23]);
    for (let y = 0; y < canvas.height; y++) {
      for (let x = 0; x < canvas.width; x++) {
        const [sx, sy] = [Math.min(width - 1, Math.max(0, x - 8)), Math.min(height - 1, Math.max(0, y - 6))];
        expect(canvas.alpha?.[y * canvas.width + x]).toBe(alpha[sy * width + sx]);
      }
    }
  });

  it('shows no stripe along an edge that was opaque, though the picture is transparent elsewhere', async () => {
    const alpha = new Uint8Array(width * height).fill(255);
    alpha[5 * width + 6] = 0;
    const base = cloth(alpha);
    const canvas = expand(base, sides);
    const mask = await readMask(() => new Uint8Array(), { asset: 'a', expand: sides }, base, canvas);
    const patch = { data: new Uint8Array(canvas.data.length).fill(90), width: canvas.width, height: canvas.height };
    const result = composite({ base: canvas, patch, at: { x: 0, y: 0 }, weights: featherInside(mask, canvas, 4) });
    const seen = [...(result.alpha ?? [])].flatMap((opacity, at) => (opacity < 255 ? [at] : []));
    expect(seen).toEqual([(5 + 6) * canvas.width + 6 + 8]);
  });
});
