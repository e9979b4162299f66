/**
 * Where a mix's steps lie. A code map that is blended by half does not look half-way: tokens change in jumps, early in one
 * pair and late in another, and some stretch may look further from both ends than either is from the other. So the way is
 * looked at coarsely first, and of the looks those become steps that leave one end and near the other most evenly.
 */

/** Looks along the way, both ends included. */
export const LOOKS = 17;

/** Weight of even amounts: they decide where nothing is seen to change. */
const TIE = 1e-9;

/**
 * @param looks what is seen at even amounts from 0 to 1, as vectors of one length
 * @param steps at most as many as the looks
 * @returns an ascending amount for each of the steps, from 0 to 1, at which there was a look
 */
export function placeSteps(looks: readonly Float32Array[], steps: number): number[] {
  const [start, end] = [looks[0], looks[looks.length - 1]];
  if (!start || !end || steps < 2 || steps > looks.length) {
    throw new RangeError(`${looks.length} looks make 2 to ${looks.length} steps, not ${steps}`);
  }
  const last = looks.length - 1;
  const whole = distance(start, end);
  const gone = looks.map((look) => distance(look, start));
  const left = looks.map((look) => distance(look, end));
  const uneven = (from: number, to: number): number => {
    const off = (a = 0, b = 0, all = 0) => (b - a - all / (steps - 1)) ** 2;
    return off(gone[from], gone[to], whole) + off(left[to], left[from], whole) + TIE * off(from, to, last);
  };
  // the most even way to each look in so many steps, from the ways that are a step shorter
  let ways: Way[] = [{ places: [0], cost: 0 }];
  for (let step = 1; step < steps; step++) {
    ways = looks.flatMap((_, to) => {
      const longer = ways
        .filter(({ places }) => (places.at(-1) ?? 0) < to)
        .map(({ places, cost }) => ({ places: [...places, to], cost: cost + uneven(places.at(-1) ?? 0, to) }));
      return longer.length > 0 ? [longer.reduce((best, way) => (way.cost < best.cost ? way : best))] : [];
    });
  }
  return (ways.at(-1)?.places ?? []).map((place) => place / last);
}

type Way = { places: number[]; cost: number };

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
