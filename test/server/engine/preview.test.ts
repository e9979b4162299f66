import { describe, expect, it } from 'vitest';
import { fitPreview, planPreviews } from '../../../server/engine/preview.js';

describe('previews', () => {
  it.each([
    [0, 10, []],
    [1, 10, [5]],
    [3, 10, [3, 5, 8]],
    [4, 10, [2, 4, 6, 8]],
    [4, 3, [1, 2]],
    [4, 2, [1]],
    [4, 1, []],
    [2, 0, []],
  ])('%i of %i passes come after %j, each once and never after the last', (count, passes, at) => {
    expect([...planPreviews(count, passes)]).toEqual(at);
  });

  it.each([
    [
      { width: 256, height: 100 },
      { width: 256, height: 100 },
    ],
    [
      { width: 3000, height: 4000 },
      { width: 384, height: 512 },
    ],
    [
      { width: 4000, height: 1 },
      { width: 512, height: 1 },
    ],
  ])('of %j are %j', (size, fitted) => {
    expect(fitPreview(size)).toMatchObject(fitted);
  });
});
