/**
 * Where a mix's steps lie. A code map that is blended by half does not look half-way: tokens change in jumps, early in one
 * pair and late in another. So the way is looked at coarsely first, and steps are placed evenly by what is seen.
 */

/** Looks along the way, both ends included. */
export const LOOKS = 9;

/**
 * @param looks what is seen at even amounts from 0 to 1, as vectors of one length
 * @returns an ascending amount for each of the steps, from 0 to 1
 */
export function placeSteps(looks: readonly Float32Array[], steps: number): number[] {
  const [start, end] = [looks[0], looks[looks.length - 1]];
  if (!start || !end || looks.length < 2) throw new RangeError('a way has two ends');
  // 0 at the start and 1 at the end; where a look lies nearer to the start than the one before, it counts as level
  let furthest = 0;
  const passed = looks.map((look) => {
    const [gone, left] = [distance(look, start), distance(look, end)];
    return (furthest = Math.max(furthest, gone + left > 0 ? gone / (gone + left) : 0));
  });
  return Array.from({ length: steps }, (_, step) => {
    const wanted = step / (steps - 1);
    const next = passed.findIndex((at) => at >= wanted);
    if (step === steps - 1 || next < 0 || furthest === 0) return wanted;
    if (next === 0) return 0;
    const [before = 0, after = 1] = [passed[next - 1], passed[next]];
    return (next - 1 + (wanted - before) / (after - before)) / (looks.length - 1);
  });
}

/** Mean absolute difference. */
function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length;
}

/** (3, side, side) planes -> (3, side/cell, side/cell) means: where which colour is, and nothing finer. */
export function lookCoarsely(planes: Float32Array, side: number, cell: number): Float32Array {
  const columns = side / cell;
  const means = new Float32Array(3 * columns * columns);
  for (let at = 0; at < planes.length; at++) {
    const [x, line] = [at % side, Math.floor(at / side)];
    const to = Math.floor(line / cell) * columns + Math.floor(x / cell);
    means[to] = (means[to] ?? 0) + (planes[at] ?? 0) / (cell * cell);
  }
  return means;
}
