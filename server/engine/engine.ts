/**
 * The seam between the server and whatever makes pictures: what a job is, what comes back, and how progress is told.
 * Knows neither HTTP nor where images are kept.
 */
import type { ResolvedRequest } from '../../shared/index.js';

/** Milliseconds spent, as floats. Waiting behind other jobs counts in none but `totalMs`. */
export type Timings = {
  /** Picture -> codes. 0 where no picture was given. */
  encodeMs: number;
  /** Condition sequence -> keys and values. */
  conditionMs: number;
  /** All SMART passes, the scoring pass included; of those that ran for several rows at once, the share. */
  passesMs: number;
  /** Codes -> pixels. */
  decodeMs: number;
  /** Everything done to pixels outside the networks: reading files, masks, resizing, composing, PNG. */
  pixelsMs: number;
  /** From the engine's taking the job to its last variant. */
  totalMs: number;
};

export type EngineJob = {
  id: string;
  /** Whose it is: tenants take turns. */
  tenant: string;
  /** Every default filled and the seed drawn: whatever affects pixels is in here. */
  request: ResolvedRequest;
  /** Asset id -> encoded bytes (PNG, JPEG or WebP). */
  images: Record<string, Uint8Array>;
};

export type EngineVariant = {
  png: Uint8Array;
  seed: number;
  /** The words that it was made of, where the request asked for nothing. */
  prompt?: string | undefined;
  /** The last words of the request's prompt, where it is longer than the model takes. */
  unheard?: string | undefined;
  /** The words of the request's prompt that the model has not learned, where it is known which it has. */
  unfamiliar?: string[] | undefined;
  /** Every variant of the job is this picture. */
  alike?: true | undefined;
  /** sigmoid of the REL head, 0-1. */
  relevance: number;
  /** sigmoid of the FDL head, 0-1. */
  fidelity: number;
  passes: number;
  /** Image pixels. */
  width: number;
  height: number;
  /** Where a patch lies on the base, in image pixels; 0, 0 for a whole picture. */
  x: number;
  y: number;
  /** Of an edit: pixels outside the mask that differ from the decoded base. */
  changedOutside?: number | undefined;
};

export type EngineProgress =
  /** `batch` is how many rows ran together, this one among them. Variants may be under way side by side. */
  | { type: 'pass'; variant: number; pass: number; passes: number; batch: number }
  /** After the pass that it shows, before the next. */
  | { type: 'preview'; variant: number; pass: number; jpeg: Uint8Array }
  /** In order of their index. */
  | { type: 'variant'; index: number; variant: EngineVariant };

export type EngineResult = {
  variants: EngineVariant[];
  /** All that ran, those of candidates that were not kept included. */
  passes: number;
  timings: Timings;
};

export type EngineReconstruction = {
  png: Uint8Array;
  /** (rows, columns, groups), flattened. */
  codes: Int32Array;
  rows: number;
  columns: number;
  /** Decibels over the 8-bit RGB values; Infinity where they are equal. */
  psnr: number;
  /** Image pixels, equal to the given picture's. */
  width: number;
  height: number;
  timings: Timings;
};

export type EngineDevice = 'cpu' | 'cuda' | 'webgpu';

export type BundleSummary = {
  name: string;
  title: string;
  /** Whether this is the one that runs. */
  loaded: boolean;
  /** Why it can't run; absent for a sound one. */
  problem?: string;
  /** Of a sound one, as its variants tell it. */
  checksum?: string;
  /** What a sound one takes where a request leaves it open. */
  defaults?: { passes: number; guidance: number; temperature: number; candidates: number };
};

export type EngineInfo = {
  bundle: string;
  bundles: BundleSummary[];
  device: EngineDevice;
  /** Why this device runs and not another, in words. */
  deviceReason: string;
  /** What the runtime itself said of devices that failed. For the log: it may name files. */
  deviceFailures?: string[] | undefined;
  threads: number;
  /** Rows of a pass that may run as one. */
  maxBatch: number;
  /** What the bundle takes where a request leaves it open. */
  defaults: { passes: number; candidates: number };
  /** Milliseconds from the start of reading the bundle to the end of the first pass. */
  loadMs: number;
};

export interface Engine {
  /**
   * Resolves once the bundle is loaded and warm.
   * @throws ToileError `broken_bundle`, `unknown_bundle` or `engine_failed`
   */
  ready(): Promise<EngineInfo>;
  /**
   * Makes a job's variants, in order of their index. Progress starts again from the first pass if the engine had to be
   * restarted in the middle.
   * @throws ToileError `cancelled`, `unknown_bundle`, `engine_failed`, or what is wrong with a picture, mask or region
   */
  generate(
    job: EngineJob,
    options: { signal: AbortSignal; onProgress: (progress: EngineProgress) => void },
  ): Promise<EngineResult>;
  /**
   * Sends a picture (PNG, JPEG or WebP) through both halves of stage I.
   * @throws ToileError `invalid_image`, `image_too_large`, `cancelled` or `engine_failed`
   */
  reconstruct(image: Uint8Array, options: { signal: AbortSignal }): Promise<EngineReconstruction>;
  /** Lets the running passes end, releases the sessions and ends the process. Running jobs are rejected as `cancelled`. */
  close(): Promise<void>;
}

/** What can be known of an engine by those that have none. */
export type EngineFacts = Pick<Engine, 'ready'> & {
  /** Whether one is up, where `ready` goes on to tell of the last; absent for an engine of the process's own. */
  up?(): Promise<boolean>;
};
