import { describe, expect, it } from 'vitest';
import { invert, place, type Transform } from '../../../plugin/affine.js';
import { placePicture } from '../../../plugin/playground/fill-paint.js';
import { nodeToImage } from '../../../plugin/ui/pictures/image-space.js';

const node = { width: 300, height: 200 };
const picture = { width: 640, height: 480 };
const turned: Transform = [
  [0.4, -0.2, 0.3],
  [0.25, 0.5, 0.1],
];

function expectNear(a: { x: number; y: number }, b: { x: number; y: number }): void {
  expect(a.x).toBeCloseTo(b.x, 6);
  expect(a.y).toBeCloseTo(b.y, 6);
}

describe('a picture fill on the canvas', () => {
  it('covers the node from the middle with FILL', () => {
    const placed = placePicture({ scaleMode: 'FILL' }, node, picture);
    expectNear(place(placed, { x: 320, y: 240 }), { x: 150, y: 100 });
    expectNear(place(placed, { x: 0, y: 240 }), { x: 0, y: 100 });
  });

  it('lies whole in the node with FIT', () => {
    const placed = placePicture({ scaleMode: 'FIT' }, node, picture);
    expectNear(place(placed, { x: 320, y: 0 }), { x: 150, y: 0 });
    expectNear(place(placed, { x: 320, y: 480 }), { x: 150, y: 200 });
  });

  it('turns clockwise, its sides changing places', () => {
    const placed = placePicture({ scaleMode: 'FIT', rotation: 90 }, node, picture);
    // what was the top left corner is at the top right
    expectNear(place(placed, { x: 0, y: 0 }), { x: 225, y: 0 });
    expectNear(place(placed, { x: 640, y: 0 }), { x: 225, y: 200 });
  });

  const layouts = [
    ...([0, 90, 180, 270] as const).flatMap((rotation) => [
      { scaleMode: 'FILL' as const, rotation },
      { scaleMode: 'FIT' as const, rotation },
      { scaleMode: 'TILE' as const, rotation, scalingFactor: 0.3 },
    ]),
    { scaleMode: 'CROP' as const, imageTransform: turned },
  ];
  it.each(layouts)('lies where the panel reads its pixels from: $scaleMode, turned by $rotation', (layout) => {
    const placed = placePicture(layout, node, picture);
    const read = nodeToImage({ node, ...layout }, picture);
    for (const at of [
      { x: 0, y: 0 },
      { x: 300, y: 0 },
      { x: 120, y: 170 },
    ]) {
      expectNear(place(invert(placed), at), place(read, at));
    }
  });
});
