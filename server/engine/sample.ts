/**
 * Fills the masked cells of a grid by SMART passes (§3.2), pausing after each, so that whoever runs it can let others in
 * between or stop. Chooses among candidates, and ends early where asked, by the estimators' word (§3.2, Eq. 7-8).
 */
import type { RandomStream } from './random.js';
import { createRandomStream } from './random.js';
import type { ConditionCache, Networks } from './networks.js';
import {
  candidateScore,
  createSmartGrid,
  leastCertain,
  passTemperature,
  remask,
  type SmartGrid,
  type SmartOptions,
} from './smart.js';

export type Sampling = SmartOptions & {
  guidance: number;
  /** Share of the passes, the first of them, that hear it. */
  guidedShare: number;
  candidates: number;
  /** Passes without a better score after which a grid is done; absent: all passes run. */
  patience?: number;
};

/** What the passes start from. */
export type Start = {
  /** Tokens of the cells that stay, and anything in the others. */
  base: Int32Array; // (cells, groups)
  /** Cells to fill, ascending. */
  editable: Int32Array;
  seed: number;
  /** What the logits are a weighted sum of; the first row is what the estimators judge by. */
  views: readonly View[];
  /** What the first passes look at instead. */
  opening?: Opening;
  /** One byte a cell: 1 stays in sight in a view without surroundings, since it is plain background. None if absent. */
  background?: Uint8Array;
};

/** A share of the passes, the first of them, and no fewer than `least`. */
export type Opening = { views: readonly View[]; share: number; least: number };

/**
 * One look at the grid: under these conditions, with the cells that stay in sight or not. Guidance is a second look
 * without conditions, weighted negatively. A look at the mask and the background alone, which show the outline, says what
 * the conditions want where no cloth speaks against it.
 */
export type View = {
  cache: ConditionCache;
  surroundings: boolean;
  weight: number;
  /** What it showed the first time, and of which grid: `sample` keeps it here for as long as there is the view. */
  first?: { codes: Int32Array; hidden: Float32Array };
};

/** A filled grid, with what the estimators say of it (0-1) and the passes that it took. */
export type Filled = { codes: Int32Array; relevance: number; fidelity: number; passes: number };

export type Drawing = {
  networks: Networks;
  groups: number;
  maskCode: number;
  marginals: readonly (readonly number[])[];
};

/** Passes of one call of `sample`, unless patience ends it early. */
export function countPasses({ passes, candidates }: Sampling): number {
  return passes * candidates;
}

/**
 * Yields after every pass: the grid as it then is, good until the next, or nothing where it is a later candidate's, which
 * may not be the one that is kept. Cells that are not editable keep their tokens, always.
 */
export async function* sample(
  drawing: Drawing,
  start: Start,
  sampling: Sampling,
): AsyncGenerator<Int32Array | void, Filled> {
  let best: Filled | undefined;
  for (let candidate = 0; candidate < sampling.candidates; candidate++) {
    const filled = yield* sampleOne(drawing, start, sampling, candidate);
    if (!best || candidateScore(filled) > candidateScore(best)) best = filled;
  }
  if (!best) throw new RangeError('sampling takes at least one candidate');
  return best;
}

/** Whether pass `step` (1 … T) is of the opening, whose share of the passes is rounded, and half a pass down. */
export function isOpening(step: number, { share, least }: Omit<Opening, 'views'>, passes: number): boolean {
  return step <= least || step < share * passes + 0.5;
}

async function* sampleOne(
  drawing: Drawing,
  { base, editable, views, opening, background, seed }: Start,
  sampling: Sampling,
  candidate: number,
): AsyncGenerator<Int32Array | void, Filled> {
  const { groups, maskCode, marginals } = drawing;
  const stream = createRandomStream(seed, candidate);
  const grid = createSmartGrid({ base, editable, groups, maskCode });
  let best: Filled | undefined;
  for (let step = 1; step <= sampling.passes; step++) {
    if (step > 1) remask(grid, { ...sampling, step, stream, marginals });
    const seen = opening && isOpening(step, opening, sampling.passes) ? opening.views : views;
    await predict(drawing, grid, seen, {
      stream,
      temperature: passTemperature(step, sampling),
      minP: sampling.minP,
      background,
    });
    if (sampling.patience !== undefined) {
      const filled = await score(drawing, grid, views, step);
      if (!best || candidateScore(filled) > candidateScore(best)) best = filled;
      if (step - best.passes >= sampling.patience) return best;
    }
    yield candidate === 0 ? grid.codes : undefined;
  }
  return best ?? score(drawing, grid, views, sampling.passes);
}

/**
 * Makes anew the share of the editable cells that the model trusts least, once: SMART's last pass on tokens that came
 * from elsewhere, so that they fit together. Yields once.
 */
export async function* harmonise(
  drawing: Drawing,
  { base, editable, seed, views }: Start,
  sampling: Sampling & { share: number },
): AsyncGenerator<void, Filled> {
  const { groups, maskCode } = drawing;
  const stream = createRandomStream(seed);
  const grid: SmartGrid = {
    codes: base.slice(),
    logProb: new Float32Array(base.length / groups),
    editable,
    groups,
    maskCode,
  };
  if (sampling.share > 0) {
    // nothing is masked, so this only says how likely each token is
    await predict(drawing, grid, views, { ...sampling, stream });
    for (const cell of leastCertain(grid, sampling.share))
      grid.codes.fill(maskCode, cell * groups, (cell + 1) * groups);
    await predict(drawing, grid, views, { ...sampling, stream });
  }
  yield;
  return score(drawing, grid, views, 1);
}

/** Predict step: draws the masked cells, and scores all, in place. */
async function predict(
  { networks }: Drawing,
  grid: SmartGrid,
  views: readonly View[],
  given: { stream: RandomStream; temperature: number; minP: number; background?: Uint8Array | undefined },
): Promise<void> {
  const { stream, temperature, minP, background } = given;
  const uniforms = stream.uniforms(grid.codes.length);
  const hidden = [];
  for (const view of views) {
    const codes = view.surroundings ? grid.codes : hideKept(grid, background);
    hidden.push(await lookOnce(networks, view, codes));
  }
  const weights = views.map(({ weight }) => weight);
  const drawn = await networks.head({ hidden, weights, codes: grid.codes, uniforms, temperature, minP });
  grid.codes = drawn.codes;
  grid.logProb = drawn.logProb;
}

/**
 * What a view shows of a grid. All variants of a request, and all candidates for one, open with the same masked grid, so
 * whoever comes when the first has looked need not look again. No one waits for another's look: rows of one turn may both
 * take it, in one run.
 */
async function lookOnce(networks: Networks, view: View, codes: Int32Array): Promise<Float32Array> {
  if (view.first && isSame(view.first.codes, codes)) return view.first.hidden;
  const { hidden } = await networks.transformer(codes, view.cache);
  // the first stays: later grids hold what was drawn
  view.first ??= { codes: codes.slice(), hidden };
  return hidden;
}

function isSame(first: Int32Array, second: Int32Array): boolean {
  return first.length === second.length && first.every((code, n) => code === second[n]);
}

/** The grid with [MASK] in every cell that is neither editable nor background. */
function hideKept({ codes, editable, groups, maskCode }: SmartGrid, background?: Uint8Array): Int32Array {
  const hidden = new Int32Array(codes.length).fill(maskCode);
  const show = (cell: number) => hidden.set(codes.subarray(cell * groups, (cell + 1) * groups), cell * groups);
  editable.forEach(show);
  background?.forEach((plain, cell) => plain && show(cell));
  return hidden;
}

/** The estimators' word on a filled grid. */
async function score(
  { networks }: Drawing,
  { codes }: SmartGrid,
  [view]: readonly View[],
  passes: number,
): Promise<Filled> {
  if (!view) throw new RangeError('a grid is scored under its conditions');
  const { relevance, fidelity } = await networks.transformer(codes, view.cache);
  // a later pass may mask the grid again
  return { codes: codes.slice(), relevance: sigmoid(relevance), fidelity: sigmoid(fidelity), passes };
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
