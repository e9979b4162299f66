/** What can be asked of the model: visual, textual and preservation conditions (§3.2), in any combination. */
import { z } from 'zod';

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
  scale: z.number().min(0.25).max(4).optional(),
  /** Degrees, clockwise. */
  rotation: z.number().min(-180).max(180).optional(),
  repeat: z.enum(['none', 'straight', 'half-drop', 'half-brick', 'mirror']).optional(),
});

/** Textual condition: words, 1 to 500 characters. Blank ones are none. */
export const textualCondition = z
  .string()
  .max(500, 'a prompt has at most 500 characters')
  .transform((text) => text.trim() || undefined);

/** Preservation condition: a picture, and where it may change. White in the mask is where; none means everywhere. */
export const preservationCondition = z.strictObject({
  asset: assetId,
  mask: assetId.optional(),
  /** Pixels to add on each side. */
  expand: z
    .strictObject({
      left: z.int().min(0).max(4096),
      right: z.int().min(0).max(4096),
      top: z.int().min(0).max(4096),
      bottom: z.int().min(0).max(4096),
    })
    .optional(),
});

export type VisualCondition = z.infer<typeof visualCondition>;
export type PreservationCondition = z.infer<typeof preservationCondition>;
