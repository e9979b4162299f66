/** What a bundle's networks do, in arrays: no session, no tensor and no device shows. */
import type { ConditionSequence } from './condition-sequence.js';

/** Keys and values of a condition sequence, computed once a request. */
export type ConditionCache = {
  /** L, the condition tokens. */
  length: number;
  keys: Float32Array; // (layers, heads, L, width/heads)
  values: Float32Array; // (layers, heads, L, width/heads)
};

/** What a picture is before and after quantizing. */
export type EncodedPicture = { codes: Int32Array; values: Float32Array };

export type PassInput = {
  /** [MASK] included. */
  codes: Int32Array; // (cells, groups)
  cache: ConditionCache;
};

export type PassOutput = {
  hidden: Float32Array; // (cells, width)
  /** The estimators' logits. */
  relevance: number;
  fidelity: number;
};

export type HeadInput = {
  /** Looks at the grid, whose logits are added up with `weights` (guidance). */
  hidden: readonly Float32Array[]; // (looks, cells, width)
  weights: readonly number[]; // (looks)
  codes: Int32Array; // (cells, groups)
  uniforms: Float32Array; // (cells, groups)
  temperature: number;
  /** Codes less likely than this times the likeliest are not drawn. */
  minP: number;
};

/** The masked cells' codes drawn, all cells' log-probabilities. */
export type HeadOutput = { codes: Int32Array; logProb: Float32Array };

/** Stage I, and the conditions: a picture or a sequence at a time. */
type Single = {
  /** pixels (3, H, W) in [-1, 1], whole cells -> codes (groups, H/cell, W/cell), values (dim, H/cell, W/cell) */
  encode(pixels: Float32Array, width: number, height: number): Promise<EncodedPicture>;
  /** values of two pictures of the model's grid, and how much of the second (0-1) -> codes (groups, cells) */
  blend(first: Float32Array, second: Float32Array, amount: number): Promise<Int32Array>;
  /** codes (groups, rows, columns) -> pixels (3, rows·cell, columns·cell) in [-1, 1] */
  decode(codes: Int32Array, rows: number, columns: number): Promise<Float32Array>;
  /** codes of the model's grid, for the silhouette and for colour and texture -> pixels as `decode` */
  decodeMixed(coarse: Int32Array, fine: Int32Array): Promise<Float32Array>;
  conditions(sequence: ConditionSequence): Promise<ConditionCache>;
};

/** As sampling sees them: a pass is of one grid, whoever else runs at the same time. */
export type Networks = Single & {
  transformer(codes: PassInput['codes'], cache: ConditionCache): Promise<PassOutput>;
  head(input: HeadInput): Promise<HeadOutput>;
};

/** As the runtime has them: a pass may be of several grids at once. */
export type BatchNetworks = Single & {
  /** @param rows with caches of one length */
  transformer(rows: readonly PassInput[]): Promise<PassOutput[]>;
  /** @param rows of equal weights */
  head(rows: readonly HeadInput[]): Promise<HeadOutput[]>;
  release(): Promise<void>;
};
