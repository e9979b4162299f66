/**
 * Where a picture's pixels lie on the page, worked out from Figma's documentation alone and with arithmetic of its own, so
 * that tests of the plugin's own don't share its mistakes.
 */
export type Point = { x: number; y: number };
/** x' = a·x + c·y + e, y' = b·x + d·y + f */
export type Affine = { a: number; b: number; c: number; d: number; e: number; f: number };

/** What a node's `relativeTransform` is for a corner and a counter-clockwise turn. */
export function turnedAt(x: number, y: number, degrees: number): Affine {
  const radians = (degrees * Math.PI) / 180;
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  return { a: cos, b: -sin, c: sin, d: cos, e: x, f: y };
}

export function toRows({ a, b, c, d, e, f }: Affine): [[number, number, number], [number, number, number]] {
  return [
    [a, c, e],
    [b, d, f],
  ];
}

export function apply({ a, b, c, d, e, f }: Affine, { x, y }: Point): Point {
  return { x: a * x + c * y + e, y: b * x + d * y + f };
}

/** The point that is taken to `p`. */
export function unapply({ a, b, c, d, e, f }: Affine, p: Point): Point {
  const area = a * d - b * c;
  const [x, y] = [p.x - e, p.y - f];
  return { x: (d * x - c * y) / area, y: (a * y - b * x) / area };
}

type Size = { width: number; height: number };
export type Fill = { scaleMode: 'FILL' | 'FIT' } | { scaleMode: 'CROP'; imageTransform: Affine };

/** From the image's pixels to the units of the node that it fills. */
export function imageToNode(fill: Fill, image: Size, node: Size): (pixel: Point) => Point {
  if (fill.scaleMode === 'CROP') {
    // imageTransform leads from the node, as a unit square, to the image, as a unit square
    return ({ x, y }) => {
      const part = unapply(fill.imageTransform, { x: x / image.width, y: y / image.height });
      return { x: part.x * node.width, y: part.y * node.height };
    };
  }
  const across = node.width / image.width;
  const down = node.height / image.height;
  const zoom = fill.scaleMode === 'FILL' ? Math.max(across, down) : Math.min(across, down);
  // centred, whatever hangs over or is left free
  return ({ x, y }) => ({
    x: (x - image.width / 2) * zoom + node.width / 2,
    y: (y - image.height / 2) * zoom + node.height / 2,
  });
}

export function inEllipse({ width, height }: Size, { x, y }: Point): boolean {
  return ((2 * x) / width - 1) ** 2 + ((2 * y) / height - 1) ** 2 <= 1;
}

export function inRectangle({ width, height }: Size, { x, y }: Point): boolean {
  return x >= 0 && y >= 0 && x <= width && y <= height;
}

/** Of one outline that doesn't cross itself. */
export function inPolygon(corners: readonly Point[], { x, y }: Point): boolean {
  let inside = false;
  corners.forEach((to, index) => {
    const from = corners.at(index - 1) ?? to;
    if (from.y > y === to.y > y) return;
    if (x < from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x)) inside = !inside;
  });
  return inside;
}

const around = Array.from({ length: 16 }, (_, n) => (n * Math.PI) / 8);

/** A pixel's middle with points `band` away from it, to tell what lies clear of an edge. */
export function pixelWithBand(x: number, y: number, band: number): Point[] {
  const middle = { x: x + 0.5, y: y + 0.5 };
  return [middle, ...around.map((at) => ({ x: middle.x + band * Math.cos(at), y: middle.y + band * Math.sin(at) }))];
}
