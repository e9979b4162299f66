/** Rows are laid out, and shapes matched with pictures, by these. */
import { expect, test } from 'vitest';
import { overlap } from '../../../plugin/sandbox/boxes.js';

test('boxes that touch at an edge share nothing, and a line counts as a unit thick', () => {
  const box = { x: 0, y: 0, width: 10, height: 10 };
  expect(overlap(box, { x: 10, y: 0, width: 5, height: 5 })).toBe(0);
  expect(overlap(box, { x: 5, y: 5, width: 10, height: 10 })).toBe(25);
  expect(overlap(box, { x: 2, y: 4, width: 6, height: 0 })).toBe(6);
});
