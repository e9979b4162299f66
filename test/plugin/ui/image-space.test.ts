/** Where a node's units lie in its image's pixels. */
import { describe, expect, it } from 'vitest';
import { invert, place, type Transform } from '../../../plugin/affine.js';
import type { PixelSource } from '../../../plugin/messages.js';
import { nodeToImage, planSeen, showsWhole, shrinkToFit } from '../../../plugin/ui/pictures/image-space.js';
import { chain } from '../../../plugin/ui/pictures/transform.js';

type Fill = Extract<PixelSource, { way: 'fill' }>;
const fill = (rest: Partial<Fill>): Fill => ({
  way: 'fill',
  name: 'dress',
  bytes: new Uint8Array(),
  node: { width: 200, height: 100 },
  scaleMode: 'FILL',
  ...rest,
});
const image = { width: 400, height: 400 };
const at = (source: PixelSource, x: number, y: number, size = image) => {
  const point = place(nodeToImage(source, size), { x, y });
  return [Math.round(point.x * 1e6) / 1e6, Math.round(point.y * 1e6) / 1e6];
};

describe('an image that fills its node', () => {
  it('covers it, centred, so that the longer way is cut off at both ends', () => {
    // 400 px over 200 units is 2 px a unit; 200 of 400 rows are seen, from 100 on
    expect(at(fill({}), 0, 0)).toEqual([0, 100]);
    expect(at(fill({}), 200, 100)).toEqual([400, 300]);
    expect(at(fill({}), 100, 50)).toEqual([200, 200]);
  });

  it('turns clockwise in quarters about its middle', () => {
    const wide = { width: 400, height: 200 };
    const turned = fill({ node: { width: 100, height: 200 }, rotation: 90 });
    // what lay at the left bottom corner is now at the left top
    expect(at(turned, 0, 0, wide)).toEqual([0, 200]);
    expect(at(turned, 100, 0, wide)).toEqual([0, 0]);
    expect(at(turned, 100, 200, wide)).toEqual([400, 0]);
    expect(at(fill({ node: { width: 200, height: 100 }, rotation: 180 }), 0, 0, wide)).toEqual([400, 200]);
    expect(at(fill({ node: { width: 100, height: 200 }, rotation: -90 }), 0, 0, wide)).toEqual([400, 0]);
    expect(at(fill({ node: { width: 100, height: 200 }, rotation: 270 }), 0, 0, wide)).toEqual([400, 0]);
  });
});

describe('an image that fits into its node', () => {
  it('leaves bars, which lie outside the image', () => {
    const source = fill({ scaleMode: 'FIT' });
    expect(at(source, 50, 0)).toEqual([0, 0]);
    expect(at(source, 0, 0)).toEqual([-200, 0]);
    expect(at(source, 150, 100)).toEqual([400, 400]);
  });
});

describe('a cropped image', () => {
  it('goes through the transform from the unit square of the node to that of the image', () => {
    const imageTransform: Transform = [
      [0.5, 0, 0.25],
      [0, 0.25, 0.5],
    ];
    const source = fill({ scaleMode: 'CROP', imageTransform });
    expect(at(source, 0, 0)).toEqual([100, 200]);
    expect(at(source, 200, 100)).toEqual([300, 300]);
  });

  it('may lie turned by any angle', () => {
    const [cos, sin] = [Math.cos(0.3), Math.sin(0.3)];
    const imageTransform: Transform = [
      [cos, -sin, 0.1],
      [sin, cos, 0.2],
    ];
    const source = fill({ scaleMode: 'CROP', imageTransform, node: { width: 100, height: 100 } });
    const [x = 0, y = 0] = at(source, 50, 50);
    expect(x).toBeCloseTo(400 * (0.5 * cos - 0.5 * sin + 0.1), 4);
    expect(y).toBeCloseTo(400 * (0.5 * sin + 0.5 * cos + 0.2), 4);
  });

  it('without a transform is the whole image', () => {
    expect(at(fill({ scaleMode: 'CROP' }), 200, 100)).toEqual([400, 400]);
  });
});

describe('a tiled image', () => {
  it('takes as many units a pixel as its scaling factor says', () => {
    expect(at(fill({ scaleMode: 'TILE', scalingFactor: 0.5 }), 10, 20)).toEqual([20, 40]);
  });
});

describe('a rendered node', () => {
  it('is stretched over its picture', () => {
    const source: PixelSource = {
      way: 'export',
      name: 'frame',
      bytes: new Uint8Array(),
      node: { width: 200, height: 100 },
      scale: 2,
    };
    expect(at(source, 50, 50, { width: 400, height: 200 })).toEqual([100, 100]);
  });
});

describe('what a node shows', () => {
  it('is the whole image where nothing of it is hidden', () => {
    expect(showsWhole(fill({ node: { width: 50, height: 50 } }), image)).toBe(true);
    expect(showsWhole(fill({}), image)).toBe(false);
    expect(showsWhole(fill({ scaleMode: 'FIT' }), image)).toBe(true);
    expect(showsWhole(fill({ node: { width: 50, height: 50 }, rotation: 90 }), image)).toBe(false);
    expect(showsWhole(fill({ scaleMode: 'CROP' }), image)).toBe(true);
  });

  it('is drawn at the density of the image', () => {
    const seen = planSeen(fill({}), image);
    expect(seen).toMatchObject({ width: 400, height: 200 });
    expect(place(seen.imageToSeen, { x: 0, y: 100 })).toEqual({ x: 0, y: 0 });
    expect(place(seen.imageToSeen, { x: 400, y: 300 })).toEqual({ x: 400, y: 200 });
  });

  it('never has more than 4096 pixels a side, nor more than the server takes', () => {
    expect(shrinkToFit({ width: 8192, height: 1024 })).toEqual({ width: 4096, height: 512 });
    expect(shrinkToFit({ width: 300.4, height: 0.2 })).toEqual({ width: 300, height: 1 });
    const { width, height } = shrinkToFit({ width: 9000, height: 9000 });
    expect(width * height).toBeLessThanOrEqual(16_800_000);
  });
});

it('turns a transform round', () => {
  const transform: Transform = [
    [2, -0.5, 30],
    [0.25, 1.5, -7],
  ];
  const back = chain(transform, invert(transform));
  expect(back.flat().map((n) => Math.round(n * 1e9) / 1e9 + 0)).toEqual([1, 0, 0, 0, 1, 0]);
  expect(() =>
    invert([
      [1, 2, 0],
      [2, 4, 0],
    ]),
  ).toThrow(RangeError);
});
