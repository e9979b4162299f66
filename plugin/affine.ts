/** Plane geometry as Figma has it: 2×3 affine transforms, rows first, and boxes along the axes; y grows downwards. */

export type Transform = [[number, number, number], [number, number, number]];
export type Point = { readonly x: number; readonly y: number };
export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

export const identity: Transform = [
  [1, 0, 0],
  [0, 1, 0],
];

/** First `inner`, then `outer`. */
export function multiply(outer: Transform, inner: Transform): Transform {
  const [[a, c, e], [b, d, f]] = outer;
  const [[p, r, t], [q, s, u]] = inner;
  return [
    [a * p + c * q, a * r + c * s, a * t + c * u + e],
    [b * p + d * q, b * r + d * s, b * t + d * u + f],
  ];
}

/** @throws RangeError where the transform flattens the plane, so that there is no way back */
export function invert([[a, c, e], [b, d, f]]: Transform): Transform {
  const area = a * d - b * c;
  if (!area) throw new RangeError('a transform that flattens everything has no inverse');
  return [
    [d / area, -c / area, (c * f - d * e) / area],
    [-b / area, a / area, (b * e - a * f) / area],
  ];
}

export function place([[a, c, e], [b, d, f]]: Transform, { x, y }: Point): Point {
  return { x: a * x + c * y + e, y: b * x + d * y + f };
}

export function shift(x: number, y: number): Transform {
  return [
    [1, 0, x],
    [0, 1, y],
  ];
}

export function scaling(x: number, y = x): Transform {
  return [
    [x, 0, 0],
    [0, y, 0],
  ];
}

/** As the 2D context and DOMMatrix take it. */
export function toMatrix([[a, c, e], [b, d, f]]: Transform): [number, number, number, number, number, number] {
  return [a, b, c, d, e, f];
}

/** Corners of width × height, clockwise from the top left, as the transform places them. */
export function cornersOf(transform: Transform, width: number, height: number): [Point, Point, Point, Point] {
  return [
    place(transform, { x: 0, y: 0 }),
    place(transform, { x: width, y: 0 }),
    place(transform, { x: width, y: height }),
    place(transform, { x: 0, y: height }),
  ];
}

export function boxAround(points: readonly Point[]): Box {
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

export function union(boxes: readonly Box[]): Box {
  return boxAround(
    boxes.flatMap(({ x, y, width, height }) => [
      { x, y },
      { x: x + width, y: y + height },
    ]),
  );
}

export function contains(outer: Box, inner: Box): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.width >= inner.x + inner.width &&
    outer.y + outer.height >= inner.y + inner.height
  );
}
