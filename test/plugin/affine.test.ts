/** Nodes, shapes and pictures are placed on each other through these. */
import { expect, test } from 'vitest';
import { contains, invert, multiply, shift, type Transform } from '../../plugin/affine.js';

/** Counter-clockwise in degrees, about the node's top left corner, which lies at x, y: as Figma has it. */
function turned(degrees: number, x: number, y: number): Transform {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return [
    [cos, sin, x],
    [-sin, cos, y],
  ];
}

function map([[a, c, e], [b, d, f]]: Transform, x: number, y: number): [number, number] {
  return [a * x + c * y + e, b * x + d * y + f];
}

test('a transform and its inverse take every point back to where it was', () => {
  const skewed: Transform = [
    [2, 0.3, -40],
    [-0.5, 1.5, 12],
  ];
  const back = multiply(invert(skewed), skewed);
  for (const [x, y] of [
    [0, 0],
    [17, -3],
    [1e4, 1e3],
  ] as const) {
    const [backX, backY] = map(back, x, y);
    expect(backX).toBeCloseTo(x, 6);
    expect(backY).toBeCloseTo(y, 6);
  }
});

test('a turned shape on a turned picture lies where it is seen, in the coordinates of the picture', () => {
  const picture = turned(30, 100, 50);
  const shape = turned(-75, 160, 90);
  const toPicture = multiply(invert(picture), shape);
  // the way over the page and the way straight to the picture meet at the same point
  for (const [x, y] of [
    [0, 0],
    [40, 0],
    [40, 25],
  ] as const) {
    const [pageX, pageY] = map(shape, x, y);
    const [inX, inY] = map(toPicture, x, y);
    const [overX, overY] = map(picture, inX, inY);
    expect(overX).toBeCloseTo(pageX, 9);
    expect(overY).toBeCloseTo(pageY, 9);
  }
});

test('a node that is flattened to a line has no way back, and says so', () => {
  expect(() =>
    invert([
      [1, 2, 0],
      [2, 4, 0],
    ]),
  ).toThrow(RangeError);
});

test('a box contains itself and what lies within it', () => {
  const box = { x: 0, y: 0, width: 10, height: 10 };
  expect(contains(box, box)).toBe(true);
  expect(contains(box, { x: 1, y: 1, width: 8, height: 9 })).toBe(true);
  expect(contains(box, { x: 1, y: 1, width: 8, height: 10 })).toBe(false);
  expect(shift(3, 4)).toEqual([
    [1, 0, 3],
    [0, 1, 4],
  ]);
});
