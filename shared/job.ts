/** A generation's life: its states, what it looks like from outside, and the events that tell of it. */
import { z } from 'zod';
import { errorCodes } from './error.js';
import { assetId } from './conditions.js';
import { resolvedRequest } from './request.js';

export const jobState = z.enum(['queued', 'running', 'done', 'failed', 'cancelled']);
export type JobState = z.infer<typeof jobState>;

export function isEnded(state: JobState): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}

export const jobVariant = z.object({
  asset: assetId,
  seed: z.int(),
  /** The words that it was made of, where the request asked for nothing: each variant is then of others. */
  prompt: z.string().optional(),
  /** The last words of the request's prompt, where it is longer than the model takes: the variant knows nothing of them. */
  unheard: z.string().optional(),
  /**
   * The words of the request's prompt that the model has not learned: they may make anything of the variant. Absent where
   * there is no prompt, or the bundle doesn't say which words it has.
   */
  unfamiliar: z.array(z.string()).optional(),
  /** Every variant of the job is this picture, since nothing of it was the model's to make. */
  alike: z.literal(true).optional(),
  /** How well it fits the words, 0-1, by the model's own estimator. */
  relevance: z.number(),
  /** How much it looks like a real picture, 0-1, by the model's own estimator. */
  fidelity: z.number(),
  passes: z.int(),
  /** What made it: another bundle, by its checksum, makes something else of the same request. Absent from older jobs. */
  bundle: z.object({ name: z.string(), checksum: z.string() }).optional(),
  /** Image pixels. */
  width: z.int(),
  height: z.int(),
  /** Where a patch lies on the (expanded) base; 0, 0 for a whole picture. */
  x: z.int(),
  y: z.int(),
  /** Of an edit: pixels outside the mask that differ from the decoded base, counted on the finished picture. */
  changedOutside: z.int().optional(),
});
export type JobVariant = z.infer<typeof jobVariant>;

/** Milliseconds. */
export const jobTimings = z.object({
  queuedMs: z.number().optional(),
  encodeMs: z.number().optional(),
  conditionMs: z.number().optional(),
  passesMs: z.number().optional(),
  decodeMs: z.number().optional(),
  pixelsMs: z.number().optional(),
  totalMs: z.number().optional(),
});

export const jobError = z.object({ code: z.enum(errorCodes), message: z.string() });

export const jobView = z.object({
  id: z.string(),
  state: jobState,
  /** 0-1, by passes. */
  progress: z.number(),
  /** Jobs ahead of it while queued. */
  position: z.int().optional(),
  /** Milliseconds till its end while queued or running, from how long the last jobs took. Absent until one has ended. */
  estimateMs: z.int().optional(),
  request: resolvedRequest,
  variants: z.array(jobVariant),
  error: jobError.optional(),
  timings: jobTimings,
  createdAt: z.string(),
});
export type JobView = z.infer<typeof jobView>;

export const jobEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('queued'), position: z.int(), estimateMs: z.int().optional() }),
  z.object({ type: z.literal('started') }),
  z.object({ type: z.literal('pass'), variant: z.int(), pass: z.int(), passes: z.int() }),
  /** The variant as it would be if it ended after this pass: a JPEG, its longest side at most 512 pixels. */
  z.object({ type: z.literal('preview'), variant: z.int(), pass: z.int(), asset: assetId }),
  jobVariant.extend({ type: z.literal('variant'), variant: z.int() }),
  z.object({ type: z.literal('done') }),
  z.object({ type: z.literal('failed'), error: jobError }),
  z.object({ type: z.literal('cancelled') }),
]);
export type JobEvent = z.infer<typeof jobEvent>;
