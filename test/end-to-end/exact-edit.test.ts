/** An edit through the whole of the plugin changes nothing outside the shape, however picture and shape are placed. */
import { afterEach, expect, it } from 'vitest';
import { describeInBrowser } from '../support/describe-in-browser.js';
import { decode, makePhoto, type Pixels } from '../support/pictures.js';
import type { Playground } from '../support/playground.js';
import {
  apply,
  imageToNode,
  inEllipse,
  inPolygon,
  inRectangle,
  pixelWithBand,
  toRows,
  turnedAt,
  unapply,
  type Affine,
  type Fill,
  type Point,
} from '../support/planes.js';

/** Image pixels at an edge that may be either, since edges are drawn soft. */
const BAND = 1.5;

type Shape =
  { as: 'ellipse' | 'rectangle'; width: number; height: number; placed: Affine } | { as: 'lasso'; points: Point[] };

type Case = {
  title: string;
  image: { width: number; height: number; format?: 'png' | 'jpeg' };
  node: { width: number; height: number; placed: Affine };
  fill: Fill;
  shapes: Shape[];
};

const crop: Fill = {
  scaleMode: 'CROP',
  // the part of the image that is seen is smaller than it, and turned
  imageTransform: { ...turnedAt(0.2, 0.3, 18), a: 0.57, d: 0.52, b: -0.16, c: 0.19 },
};
const bag: Point[] = [
  { x: 330, y: 210 },
  { x: 415, y: 190 },
  { x: 462, y: 250 },
  { x: 420, y: 305 },
  { x: 436, y: 352 },
  { x: 352, y: 340 },
  { x: 372, y: 275 },
];

const cases: Case[] = [
  {
    title: 'a turned picture whose node has other proportions, and a turned ellipse',
    image: { width: 420, height: 300 },
    node: { width: 260, height: 300, placed: turnedAt(230, 150, 24) },
    fill: { scaleMode: 'FILL' },
    shapes: [{ as: 'ellipse', width: 150, height: 80, placed: turnedAt(310, 300, -35) }],
  },
  {
    title: 'a turned picture, cropped, scaled and turned inside its node, and a lasso with a turned ellipse',
    image: { width: 380, height: 340 },
    node: { width: 300, height: 240, placed: turnedAt(250, 190, -12) },
    fill: crop,
    shapes: [
      { as: 'lasso', points: bag },
      { as: 'ellipse', width: 90, height: 50, placed: turnedAt(270, 330, 40) },
    ],
  },
  {
    title: 'a JPEG that its node shows whole with room beside it, and a turned rectangle that reaches out of it',
    image: { width: 300, height: 400, format: 'jpeg' },
    node: { width: 420, height: 330, placed: turnedAt(200, 160, 0) },
    fill: { scaleMode: 'FIT' },
    shapes: [{ as: 'rectangle', width: 160, height: 120, placed: turnedAt(400, 260, 17) }],
  },
];

describeInBrowser('an edit inside shapes', (stage) => {
  let playground: Playground;
  afterEach(() => playground.close());

  it.each(cases)('keeps every pixel outside of $title', { timeout: 180_000 }, async ({ image, node, fill, shapes }) => {
    playground = await stage.open({ passes: 2, variants: 1 });
    const { panel, standIn } = playground;
    const bytes = await makePhoto(image.width, image.height, 7, image.format);
    const source = await playground.addImage(bytes, node, 'Photo');
    await standIn.evaluate(
      ({ user, document }, { id, transform, how }) => {
        const fills = (document.node(id)?.fills ?? []).map((paint) => ({ ...paint, ...how }));
        user.setProperties(id, { relativeTransform: transform, fills: fills as Paint[] });
      },
      { id: source, transform: toRows(node.placed), how: toPaint(fill) },
    );
    const drawn = await drawShapes(playground, shapes);
    const before = await playground.topLevel();

    await playground.select(source, ...drawn);
    await panel.getByLabel('What should be there? (optional)').fill('red floral dress');
    const row = await playground.start('Edit inside the shapes');
    expect(await playground.finish()).toContain('0 px changed outside your shape');

    const [result = ''] = (await playground.node(row)).children;
    const [was, is] = [await decode(bytes), await decode(await playground.pixelsOf(result))];
    expect({ width: is.width, height: is.height }).toEqual({ width: was.width, height: was.height });
    const toNode = imageToNode(fill, was, node);
    const toPage = (pixel: Point) => apply(node.placed, toNode(pixel));
    const { outside, inside, strayed, changed } = compare(was, is, (pixel) => isCovered(shapes, toPage(pixel)));
    expect(strayed).toEqual([]);
    expect(outside).toBeGreaterThan(0.4 * was.width * was.height);
    expect(inside).toBeGreaterThan(1000);
    expect(changed).toBeGreaterThan(0.5 * inside);

    // the result is shown as its source is
    const paint = (await playground.node(result)).fills.at(-1);
    expect(paint).toMatchObject(toPaint(fill));
    // and the source is as it was
    expect((await playground.topLevel()).filter(({ id }) => id !== row)).toEqual(before);
    expect(Buffer.from(await playground.pixelsOf(source)).equals(Buffer.from(bytes))).toBe(true);
    await standIn.evaluate(({ user }) => user.undo());
    expect(await playground.topLevel()).toEqual(before);
    expect(playground.problems).toEqual([]);
  });
});

function toPaint(fill: Fill): object {
  if (fill.scaleMode !== 'CROP') return fill;
  return { scaleMode: 'CROP', imageTransform: toRows(fill.imageTransform) };
}

async function drawShapes({ standIn }: Playground, shapes: readonly Shape[]): Promise<string[]> {
  const ids: string[] = [];
  for (const shape of shapes) {
    if (shape.as === 'lasso') {
      ids.push(await standIn.evaluate(({ user }, points) => user.addPolygon(points), shape.points));
      continue;
    }
    const { as, width, height, placed } = shape;
    const id = await standIn.evaluate(
      ({ user }, wanted) => {
        const box = { x: 300, y: 300, width: wanted.width, height: wanted.height };
        const made = wanted.as === 'ellipse' ? user.addEllipse(box) : user.addRectangle(box);
        user.setProperties(made, { relativeTransform: wanted.transform });
        return made;
      },
      { as, width, height, transform: toRows(placed) },
    );
    ids.push(id);
  }
  return ids;
}

function isCovered(shapes: readonly Shape[], at: Point): boolean {
  return shapes.some((shape) => {
    if (shape.as === 'lasso') return inPolygon(shape.points, at);
    const own = unapply(shape.placed, at);
    return shape.as === 'ellipse' ? inEllipse(shape, own) : inRectangle(shape, own);
  });
}

/** Pixels clear of every edge, on either side, and what became of them. */
function compare(was: Pixels, is: Pixels, isInside: (pixel: Point) => boolean) {
  let [outside, inside, changed] = [0, 0, 0];
  const strayed: string[] = [];
  for (let y = 0; y < was.height; y++) {
    for (let x = 0; x < was.width; x++) {
      const covered = pixelWithBand(x, y, BAND).filter(isInside).length;
      const at = 3 * (y * was.width + x);
      const same = was.data.subarray(at, at + 3).equals(is.data.subarray(at, at + 3));
      if (covered === 0) {
        outside += 1;
        if (!same && strayed.length < 10) strayed.push(`${x},${y}`);
      } else if (covered === 17) {
        inside += 1;
        if (!same) changed += 1;
      }
    }
  }
  return { outside, inside, changed, strayed };
}
