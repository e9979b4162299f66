/**
 * SMART decoding (§3.2, §4.1) between the passes: which tokens to keep, which to mask again. Pure: the networks and the
 * generator come in from outside. It matches the Python reference draw for draw.
 */
import type { RandomStream } from './random.js';

export type SmartOptions = {
  /** T, all passes. */
  passes: number;
  /** First and last share of re-masked tokens. */
  alpha: number;
  beta: number;
  /** 1 draws kept tokens in proportion to their score, 0 keeps the highest. */
  choiceTemperature: number;
  /** What is left of it before the last pass; before those between it falls evenly from 1. */
  finalChoiceShare: number;
  /** How much of a token's log marginal frequency is taken off its log score. */
  marginalWeight: number;
  temperature: number;
  /** What the first and the last of several passes draw at, over the temperature; those between fall evenly. */
  firstTemperatureShare: number;
  finalTemperatureShare: number;
  /**
   * How much of the passes, the last of them, polish: chance has no say there, and they make anew, at half of the
   * temperature, the least likely tokens, from a share of beta on and ever fewer. Those before go as if they were all.
   */
  polishShare: number;
  /** Only codes are drawn that are at least so likely as this times the likeliest, before any temperature (min-p). */
  minP: number;
};

/** What polishing passes draw at, over the temperature. */
const POLISH_TEMPERATURE = 0.5;

/** A grid under way. Cells are row-major; a token is `groups` sub-codes. */
export type SmartGrid = {
  codes: Int32Array; // (cells, groups)
  /** Mean log-probability of each token's sub-codes in the pass before. */
  logProb: Float32Array; // (cells)
  /** Cells that may change, ascending; all others are preserved and never touched. */
  editable: Int32Array;
  groups: number;
  maskCode: number;
};

/** A grid before its first pass: every editable cell is masked. `base` holds the preserved tokens. */
export function createSmartGrid(options: {
  base: Int32Array;
  editable: Int32Array;
  groups: number;
  maskCode: number;
}): SmartGrid {
  const { editable, groups, maskCode } = options;
  const codes = options.base.slice();
  for (const cell of editable) codes.fill(maskCode, cell * groups, (cell + 1) * groups);
  return { codes, logProb: new Float32Array(codes.length / groups), editable, groups, maskCode };
}

/** How many of the passes polish; never the first. */
export function countPolishing({ passes, polishShare }: SmartOptions): number {
  return Math.min(passes - 1, Math.floor(passes * polishShare + 0.5));
}

/**
 * How many of `count` editable tokens to mask before pass `step` (2 … T): N (β + (T−t)/(T−1) (α−β)). T is of the passes
 * that don't polish. Of P that do, the p-th masks N β (P−p+1)/P.
 */
export function remaskCount(count: number, step: number, options: SmartOptions): number {
  const { passes, alpha, beta } = options;
  const polishing = countPolishing(options);
  const last = passes - polishing;
  const share =
    step > last ? (beta * (passes - step + 1)) / polishing : beta + ((last - step) / (last - 1)) * (alpha - beta);
  return Math.floor(count * share + 0.5);
}

/**
 * How far chance has a say in what stays before pass `step` (2 … T); of two passes the one before the last. Wrong tokens
 * kept then stay, so it should have less say there.
 */
export function chanceAt(step: number, options: SmartOptions): number {
  const last = options.passes - countPolishing(options);
  if (step > last) return 0;
  const along = 1 - (last - step) / Math.max(1, last - 2);
  return options.choiceTemperature * (1 - along * (1 - options.finalChoiceShare));
}

/** What pass `step` (1 … T) draws at: late passes draw what nothing corrects any more. */
export function passTemperature(step: number, options: SmartOptions): number {
  const last = options.passes - countPolishing(options);
  if (step > last) return options.temperature * POLISH_TEMPERATURE;
  const { temperature, firstTemperatureShare: first, finalTemperatureShare: final } = options;
  return last === 1 ? temperature : temperature * (first + ((step - 1) / (last - 1)) * (final - first));
}

/**
 * The mask step before pass `step` (2 … T), in place: keeps tokens by score, masks the rest.
 * @param marginals log frequency of each code, a list a group
 * @returns the kept cells, ascending
 */
export function remask(
  grid: SmartGrid,
  options: SmartOptions & { step: number; stream: RandomStream; marginals: readonly (readonly number[])[] },
): number[] {
  const { editable, groups } = grid;
  const draws = options.stream.uniforms(editable.length);
  const chance = chanceAt(options.step, options);
  const keys = Array.from(editable, (cell, n) => {
    const gumbel = -Math.log(-Math.log(Math.max(draws[n] ?? 0, 1e-12)));
    const score = (grid.logProb[cell] ?? 0) - options.marginalWeight * meanMarginal(grid, cell, options.marginals);
    return { cell, key: score + chance * gumbel };
  });
  const keep = editable.length - remaskCount(editable.length, options.step, options);
  // the sort is stable, so of equal keys the lower cell is kept
  const ranked = keys.sort((a, b) => b.key - a.key);
  for (const { cell } of ranked.slice(keep)) grid.codes.fill(grid.maskCode, cell * groups, (cell + 1) * groups);
  return ranked
    .slice(0, keep)
    .map(({ cell }) => cell)
    .sort((a, b) => a - b);
}

/** The `share` of the editable cells whose tokens are the least likely, by the probability of the pass before. */
export function leastCertain({ editable, logProb }: SmartGrid, share: number): Int32Array {
  const ranked = Array.from(editable).sort((a, b) => (logProb[a] ?? 0) - (logProb[b] ?? 0) || a - b);
  return Int32Array.from(ranked.slice(0, Math.round(share * ranked.length))).sort();
}

/** Which of two candidates is the better: half relevance, half fidelity. Both are 0-1. */
export function candidateScore({ relevance, fidelity }: { relevance: number; fidelity: number }): number {
  return 0.5 * relevance + 0.5 * fidelity;
}

function meanMarginal(grid: SmartGrid, cell: number, marginals: readonly (readonly number[])[]): number {
  let sum = 0;
  for (let m = 0; m < grid.groups; m++) sum += marginals[m]?.[grid.codes[cell * grid.groups + m] ?? 0] ?? 0;
  return sum / grid.groups;
}
