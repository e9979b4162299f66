import { describe, expect, it } from 'vitest';
import { modelPixels } from '../../../shared/index.js';
import { composite } from '../../../server/engine/composite.js';
import { featherInside } from '../../../server/engine/feather.js';
import type { Source } from '../../../server/engine/picture.js';
import { expand, findPlain, readMask } from '../../../server/engine/tasks/edit-canvas.js';

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

describe('sparing the background', () => {
  const [width, height] = [200, 100];
  /** A dark block, 80 to 120 by 40 to 60, on white. */
  const data = new Uint8Array(3 * width * height).fill(255);
  for (let y = 40; y < 60; y++) data.fill(20, 3 * (y * width + 80), 3 * (y * width + 120));
  const base = { data, width, height };
  const model = { side: modelPixels(256), cell: modelPixels(16) };
  const image = () => new Uint8Array();

  it('leaves the cells that hold the garment', async () => {
    const mask = await readMask(image, { asset: 'a' }, base, base, await findPlain(base, model));
    const at = (x: number, y: number) => mask[y * width + x];
    expect([at(80, 40), at(119, 59), at(100, 50)]).toEqual([255, 255, 255]);
    // a cell is 12.5 pixels here
    expect([at(60, 50), at(140, 50), at(100, 20), at(100, 80), at(0, 0), at(199, 99)]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('makes what an expansion adds all the same, and no more of the picture than without it', async () => {
    const sides = { left: 50, right: 0, top: 0, bottom: 0 };
    const condition = { asset: 'a', expand: sides };
    const canvas = expand(base, sides);
    const plain = await findPlain(base, model);
    const free = await readMask(image, condition, base, canvas);
    expect(await readMask(image, condition, base, canvas, plain)).toEqual(free);
  });

  it('spares nothing where all is background', async () => {
    const white = { ...base, data: new Uint8Array(data.length).fill(255) };
    const mask = await readMask(image, { asset: 'a' }, white, white, await findPlain(white, model));
    expect(mask.every((value) => value === 255)).toBe(true);
  });
});
