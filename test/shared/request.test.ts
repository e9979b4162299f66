import { describe, expect, it } from 'vitest';
import { expectPasses, parseRequest } from '../../shared/index.js';

const defaults = { passes: 10, candidates: 2 };
const asset = 'a'.repeat(32);

describe('a request', () => {
  it('asks for no previews unless it says so, and for four at most', () => {
    expect(parseRequest({}).previews).toBe(0);
    expect(parseRequest({ previews: 4 }).previews).toBe(4);
    for (const previews of [5, -1, 1.5]) expect(() => parseRequest({ previews })).toThrow(/previews/);
  });

  it.each([
    [{}, 20],
    [{ variants: 3, passes: 4, candidates: 1 }, 12],
    [{ base: { asset }, passes: 4 }, 8],
    [{ base: { asset, tokensFrom: asset }, variants: 2 }, 2],
    [{ mix: { assets: [asset, asset], steps: 5 } }, 5],
    [{ mix: { assets: [asset, asset], steps: 5, texture: 0.5 } }, 10],
  ])('of %j will take %i passes', (request, passes) => {
    expect(expectPasses(parseRequest(request), defaults)).toBe(passes);
  });

  it('says what is wrong in few words, however much of it there is', () => {
    const long = 'x'.repeat(100_000);
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`field${n}`, n]));
    const deep: unknown = JSON.parse('['.repeat(40_000) + ']'.repeat(40_000));
    for (const wrong of [{ seed: long }, { [long]: 1 }, many, { seed: deep }]) {
      expect(() => parseRequest(wrong)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
      expect(() => parseRequest(wrong)).toThrow(/^.{20,1000}$/s);
    }
  });
});
