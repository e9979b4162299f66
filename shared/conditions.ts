/** What can be asked of the model: visual, textual and preservation conditions (§3.2), in any combination. */
import { z } from 'zod';
import { MAX_EXPAND, MAX_PROMPT, MAX_ROTATION, MAX_SCALE, MIN_SCALE, repeats } from './limits.js';

/** An asset's id: content-addressed, so that equal pictures are one asset. */
export const assetId = z
  .string()
  .regex(/^[a-f0-9]{32}$/, 'an asset id is 32 hexadecimal digits, as POST /v1/assets gives it');

/** A rectangle in image pixels. */
export const region = z.strictObject({
  x: z.int().min(0),
  y: z.int().min(0),
  width: z.int().min(1),
  height: z.int().min(1),
});

/** Visual condition: a reference picture, or a part of it, as it shall be seen. */
export const visualCondition = z.strictObject({
  asset: assetId,
  region: region.optional(),
  /** Pattern scale against the reference's own pixels. */
  scale: z.number().min(MIN_SCALE).max(MAX_SCALE).optional(),
  /** Degrees, clockwise. */
  rotation: z.number().min(-MAX_ROTATION).max(MAX_ROTATION).optional(),
  repeat: z.enum(repeats).optional(),
});

/** Textual condition: words, 1 to 500 characters. Blank ones are none. */
export const textualCondition = z
  .string()
  .max(MAX_PROMPT, `a prompt has at most ${MAX_PROMPT} characters`)
  .transform((text) => text.trim() || undefined);

/** Preservation condition: a picture, and where it may change. Whatever lies outside comes back byte for byte. */
export const preservationCondition = z.strictObject({
  asset: assetId,
  /** A picture of the base's size: white is where it may change, grey changes in part. Without one, everywhere. */
  mask: assetId.optional(),
  /** A picture of the base's size: white is where it may not change, whatever the mask says. */
  lock: assetId.optional(),
  /** Whether the plain background around the garment stays as it is too, where there is one. */
  keepBackground: z.boolean().optional(),
  /** Local mixing (§3.3): a second picture, whose own tokens take the place of the masked ones. */
  tokensFrom: assetId.optional(),
  /**
   * Pixels to add on each side. Without a mask, only they are made; without words, references or another picture's tokens
   * a plain background goes on in them as it is, and only a garment that the edge cuts off is.
   */
  expand: z
    .strictObject({
      left: z.int().min(0).max(MAX_EXPAND).default(0),
      right: z.int().min(0).max(MAX_EXPAND).default(0),
      top: z.int().min(0).max(MAX_EXPAND).default(0),
      bottom: z.int().min(0).max(MAX_EXPAND).default(0),
    })
    .refine((e) => e.left + e.right + e.top + e.bottom > 0, 'expand adds no pixel: left, right, top and bottom are 0')
    .optional(),
  /** How much of the base's folds and shadows the new cloth takes over, 0-1. */
  shading: z.number().min(0).max(1).optional(),
  /** How much of the references' own colours the new cloth takes, 0-1. */
  matchColour: z.number().min(0).max(1).optional(),
  /** Whether the codec's colour error is taken out at the edge of the mask; it is, unless this says false. */
  matchSeam: z.boolean().optional(),
});

export type VisualCondition = z.infer<typeof visualCondition>;
export type PreservationCondition = z.infer<typeof preservationCondition>;
