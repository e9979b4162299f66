import { describe, expect, it } from 'vitest';
import { createProgress } from '../../shared/index.js';

describe('progress', () => {
  it('is the mean of the variants, one after the other or side by side', () => {
    const { advance } = createProgress(4);
    expect([advance(0, 0.5), advance(0, 1), advance(1, 0.5)]).toEqual([0.125, 0.25, 0.375]);
    expect([advance(3, 0.5), advance(2, 0.5), advance(1, 1)]).toEqual([0.5, 0.625, 0.75]);
  });

  it('never falls, though a job that was begun anew tells of its first passes again', () => {
    const { advance } = createProgress(2);
    advance(0, 1);
    expect([advance(1, 0.5), advance(0, 0.1), advance(1, 0.1), advance(1, 1)]).toEqual([0.75, 0.75, 0.75, 1]);
  });
});
