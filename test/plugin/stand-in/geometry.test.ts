import { expect, test } from 'vitest';
import sharp from 'sharp';
import { makeDesk } from '../../support/stand-in.js';

const SIDE = 200;

/** Pixels that paths cover when each is filled by itself, as a mask is drawn. */
async function rasterize(paths: VectorPaths): Promise<(x: number, y: number) => number> {
  const drawn = paths.map(
    ({ data, windingRule }) =>
      `<path d="${data}" fill="white" fill-rule="${windingRule === 'EVENODD' ? 'evenodd' : 'nonzero'}"/>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}">${drawn.join('')}</svg>`;
  const pixels = await sharp(Buffer.from(svg)).ensureAlpha().extractChannel(3).raw().toBuffer();
  return (x, y) => (pixels[y * SIDE + x] ?? 0) / 255;
}

async function areaOf(paths: VectorPaths): Promise<number> {
  const at = await rasterize(paths);
  let area = 0;
  for (let y = 0; y < SIDE; y += 1) for (let x = 0; x < SIDE; x += 1) area += at(x, y);
  return area;
}

test('outlines of shapes cover what they should', async () => {
  const { figma } = makeDesk();
  const rectangle = figma.createRectangle();
  expect(await areaOf(rectangle.fillGeometry)).toBeCloseTo(10_000, -1);
  rectangle.cornerRadius = 20;
  expect(await areaOf(rectangle.fillGeometry)).toBeCloseTo(10_000 - (4 - Math.PI) * 400, -1.5);
  const ellipse = figma.createEllipse();
  ellipse.resize(100, 50);
  expect(await areaOf(ellipse.fillGeometry)).toBeCloseTo(Math.PI * 50 * 25, -1.5);
  ellipse.arcData = { startingAngle: 0, endingAngle: Math.PI, innerRadius: 0.5 };
  expect(await areaOf(ellipse.fillGeometry)).toBeCloseTo((Math.PI * 50 * 25 * 0.75) / 2, -1.5);
  ellipse.arcData = { startingAngle: 0, endingAngle: 2 * Math.PI, innerRadius: 0.5 };
  expect(await areaOf(ellipse.fillGeometry)).toBeCloseTo(Math.PI * 50 * 25 * 0.75, -1.5);
  const triangle = figma.createPolygon();
  expect(await areaOf(triangle.fillGeometry)).toBeCloseTo((3 * Math.sqrt(3) * 2500) / 4, -1.5);
  expect(figma.createText().fillGeometry).toEqual([]);
  triangle.fills = [];
  expect(triangle.fillGeometry).toEqual([]);
});

const circles = Math.PI * 2500;
// two circles of radius 50, their centres 50 apart
const lens = 2 * 2500 * Math.acos(0.5) - (50 / 2) * Math.sqrt(4 * 2500 - 2500);

test.each([
  ['union', 2 * circles - lens],
  ['intersect', lens],
  ['subtract', circles - lens],
  ['exclude', 2 * circles - 2 * lens],
] as const)('%s of two circles covers the right area, with no seam inside', async (operation, area) => {
  const { figma } = makeDesk();
  const [one, other] = [figma.createEllipse(), figma.createEllipse()];
  other.x = 50;
  const combined = figma[operation]([one, other], figma.currentPage);
  const found = await areaOf(combined.fillGeometry);
  expect(Math.abs(found - area) / area).toBeLessThan(0.01);
  const at = await rasterize(combined.fillGeometry);
  const column = operation === 'intersect' ? 75 : 20;
  const inside = Array.from({ length: 30 }, (_, index) => at(column, 35 + index));
  expect(inside.every((alpha) => alpha === 1)).toBe(true);
});

test('a turned child of a turned boolean keeps its place', async () => {
  const { figma } = makeDesk();
  const [one, hole] = [figma.createRectangle(), figma.createRectangle()];
  hole.resize(20, 20);
  [hole.x, hole.y, hole.rotation] = [50, 50, 45];
  const combined = figma.subtract([one, hole], figma.currentPage);
  combined.rotation = 30;
  expect(combined.width).toBeCloseTo(100);
  const at = await rasterize(combined.fillGeometry);
  // the hole is a square on its corner, from (50, 50) to the right
  expect([at(64, 50), at(45, 50), at(50, 60), at(50, 40)]).toEqual([0, 1, 1, 1]);
});

test('a vector is as large as its paths, which it moves to its corner', () => {
  const { figma } = makeDesk();
  const vector = figma.createVector();
  vector.vectorPaths = [{ windingRule: 'NONZERO', data: 'M 10 20 L 110 20 L 110 70 Z' }];
  expect([vector.x, vector.y, vector.width, vector.height]).toEqual([10, 20, 100, 50]);
  expect(vector.vectorPaths[0]?.data).toBe('M 0 0 L 100 0 L 100 50 Z');
  vector.resize(200, 50);
  expect(vector.fillGeometry).toEqual([]);
  vector.fills = [{ type: 'SOLID', color: { r: 0, g: 0, b: 0 } }];
  expect(vector.fillGeometry[0]?.data).toBe('M 0 0 L 200 0 L 200 50 Z');
  expect(() => (vector.vectorPaths = [{ windingRule: 'NONZERO', data: 'M 0 0 A 1 1' }])).toThrow(
    'Invalid command at A',
  );
});

test('a lasso is filled where it was drawn, a brush stroke covers its width', async () => {
  const { standIn } = makeDesk();
  const lasso = standIn.user.addPolygon([
    { x: 30, y: 40 },
    { x: 90, y: 40 },
    { x: 90, y: 100 },
  ]);
  const node = standIn.document.node(lasso);
  expect(node?.absoluteBoundingBox).toEqual({ x: 30, y: 40, width: 60, height: 60 });
  expect(await areaOf(node?.fillGeometry ?? [])).toBeCloseTo(1800, -1.5);
  const stroke = standIn.user.addStroke(
    [
      { x: 20, y: 20 },
      { x: 120, y: 20 },
    ],
    10,
  );
  const drawn = standIn.document.node(stroke);
  expect(drawn?.fillGeometry).toEqual([]);
  // what is seen of it here: the half below its line, and of the round ends a quarter
  const seen = 100 * 5 + (Math.PI * 5 ** 2) / 4;
  expect(Math.abs((await areaOf(drawn?.strokeGeometry ?? [])) - seen)).toBeLessThan(5);
});

test('a stroke inside a shape stays within it', async () => {
  const { figma } = makeDesk();
  const node = figma.createRectangle();
  node.strokes = [{ type: 'SOLID', color: { r: 0, g: 0, b: 0 } }];
  node.strokeWeight = 10;
  expect(Math.abs((await areaOf(node.strokeGeometry)) - (10_000 - 6_400))).toBeLessThan(20);
});
