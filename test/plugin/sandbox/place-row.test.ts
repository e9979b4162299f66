/** Where a row of results goes. */
import { expect, test } from 'vitest';
import { overlap } from '../../../plugin/sandbox/boxes.js';
import { fitSquares, GAP, findPlace, placeBeside, placeInView, ROW_GAP } from '../../../plugin/sandbox/place-row.js';

const source = { x: 100, y: 100, width: 200, height: 300 };
const size = { width: 800, height: 300 };

test('a row lies right of its source, a gap away and level with it', () => {
  const place = placeBeside(source, source, { size, taken: [source], below: false });
  expect(place).toEqual({ x: 300 + GAP, y: 100 });
});

test('a row moves down below whatever it would cover, and below what lies there too', () => {
  const first = { x: 324, y: 100, width: 800, height: 300 };
  const second = { x: 500, y: 424, width: 10, height: 40 };
  const place = findPlace({ x: 324, y: 100 }, size, [source, first, second]);
  expect(place).toEqual({ x: 324, y: 464 + ROW_GAP });
  for (const box of [source, first, second]) expect(overlap({ ...place, ...size }, box)).toBe(0);
});

test('a row lies below its source where another picture stands beside it', () => {
  const neighbour = { ...source, x: 350 };
  const place = placeBeside(source, source, { size, taken: [source, neighbour], below: false });
  expect(place).toEqual({ x: 100, y: 400 + ROW_GAP });
  // that one has more in its way on the right
  const last = placeBeside(neighbour, neighbour, { size, taken: [source, neighbour], below: false });
  expect(last).toEqual({ x: 550 + GAP, y: 100 });
});

test('a backdrop that holds the source is not avoided', () => {
  const backdrop = { x: 0, y: 0, width: 5000, height: 5000 };
  expect(placeBeside(source, source, { size, taken: [backdrop, source], below: false })).toEqual({ x: 324, y: 100 });
});

test('the row of a picture in a frame lies beside the frame, level with the picture', () => {
  const frame = { x: 50, y: 40, width: 1440, height: 1024 };
  expect(placeBeside(source, frame, { size, taken: [frame], below: false })).toEqual({ x: 1490 + GAP, y: 100 });
});

test('what is made from a result lies under the row that the result is in', () => {
  const row = { x: 90, y: 90, width: 1000, height: 320 };
  expect(placeBeside(source, row, { size, taken: [row], below: true })).toEqual({ x: 100, y: 410 + ROW_GAP });
});

test('what is made from a result lies beside its row where others lie below it, and not below them all', () => {
  const row = { x: 90, y: 90, width: 1000, height: 320 };
  const others = [1, 2, 3].map((n) => ({ ...row, y: row.y + n * (row.height + ROW_GAP) }));
  const beside = { x: 1090 + GAP, y: 100 };
  expect(placeBeside(source, row, { size, taken: [row, ...others], below: true })).toEqual(beside);
  // the place beside the row is taken too: the next one, below that
  const place = placeBeside(source, row, { size, taken: [row, ...others, { ...beside, ...size }], below: true });
  expect(place).toEqual({ ...beside, y: 400 + ROW_GAP });
});

test('without a source a row lies a little above the middle of what is seen, or below what is there', () => {
  const view = { x: -500, y: -500, width: 1000, height: 1000 };
  expect(placeInView(view, size, [])).toEqual({ x: -400, y: -220 });
  const there = { x: 0, y: 0, width: 50, height: 50 };
  expect(placeInView(view, size, [there])).toEqual({ x: -400, y: 50 + ROW_GAP });
});

test('a thousand boxes in the way are passed one after another', () => {
  const taken = Array.from({ length: 1000 }, (_, at) => ({ x: 0, y: at * 10, width: 10, height: 10 })).reverse();
  expect(findPlace({ x: 0, y: 0 }, { width: 5, height: 5 }, taken)).toEqual({ x: 0, y: 10_000 + ROW_GAP });
});

test('squares fill a frame: in a row, in a tall frame in a column', () => {
  expect(fitSquares(4, { width: 600, height: 800 })).toEqual({ side: 170, layout: 'VERTICAL' });
  expect(170 * 4 + GAP * 5).toBeLessThanOrEqual(800);
  expect(fitSquares(3, { width: 3900, height: 980 })).toEqual({ side: 980 - 2 * GAP, layout: 'HORIZONTAL' });
  expect(fitSquares(1, { width: 3000, height: 3000 })).toEqual({ side: 3000 - 2 * GAP, layout: 'HORIZONTAL' });
  expect(fitSquares(8, { width: 20, height: 20 }).side).toBe(GAP);
});
