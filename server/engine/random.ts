/** The seeded generator that training code and engine share, bit for bit: xoshiro128** seeded by SplitMix32. */

export type RandomStream = {
  /** `count` draws in [0, 1), each a multiple of 2^-24, so exact in float32 too. */
  uniforms(count: number): Float32Array;
};

/** The draws of one row of generation. `seed` and `candidate` are unsigned 32-bit. */
export function createRandomStream(seed: number, candidate = 0): RandomStream {
  let [s0, s1, s2, s3] = seedState((seed ^ Math.imul(candidate, 0x9e3779b9)) >>> 0);

  function nextWord(): number {
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = rotate(s3, 11);
    return result;
  }

  return {
    uniforms: (count) => Float32Array.from({ length: count }, () => (nextWord() >>> 8) * 2 ** -24),
  };
}

function seedState(x: number): [number, number, number, number] {
  const next = () => {
    x = (x + 0x9e3779b9) >>> 0;
    let z = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  const state: [number, number, number, number] = [next(), next(), next(), next()];
  if (state.every((word) => word === 0)) state[0] = 1;
  return state;
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}
