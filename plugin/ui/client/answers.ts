/** What the server answers, checked as it comes in. What a newer server adds is let through and left unread. */
import * as z from 'zod/mini';

const bundle = z.object({ name: z.string(), checksum: z.string() });

const variant = z.object({
  asset: z.string(),
  seed: z.number(),
  // what it was made of, where nothing was asked for
  prompt: z.optional(z.string()),
  unheard: z.optional(z.string()),
  unfamiliar: z.optional(z.array(z.string())),
  // every variant of the job is this picture
  alike: z.catch(z.optional(z.boolean()), undefined),
  relevance: z.number(),
  fidelity: z.number(),
  passes: z.number(),
  // older servers don't tell
  bundle: z.optional(bundle),
  width: z.number(),
  height: z.number(),
  changedOutside: z.optional(z.number()),
});
export type Variant = z.infer<typeof variant>;

const failure = z.object({ code: z.string(), message: z.string() });

export const assetAnswer = z.object({ id: z.string(), width: z.number(), height: z.number() });

export const jobAnswer = z.object({
  id: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  progress: z.number(),
  position: z.optional(z.number()),
  estimateMs: z.optional(z.number()),
  request: z.record(z.string(), z.unknown()),
  // those that are made, in their order
  variants: z.array(variant),
  error: z.optional(failure),
});
export type JobAnswer = z.infer<typeof jobAnswer>;

export const jobEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('queued'), position: z.number(), estimateMs: z.optional(z.number()) }),
  z.object({ type: z.literal('started') }),
  z.object({ type: z.literal('pass'), variant: z.number(), pass: z.number(), passes: z.number() }),
  z.object({ type: z.literal('preview'), variant: z.number(), pass: z.number(), asset: z.string() }),
  z.extend(variant, { type: z.literal('variant'), variant: z.number() }),
  z.object({ type: z.literal('done') }),
  z.object({ type: z.literal('failed'), error: failure }),
  z.object({ type: z.literal('cancelled') }),
]);
export type JobEvent = z.infer<typeof jobEvent>;

export const modelsAnswer = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      loaded: z.boolean(),
      problem: z.optional(z.string()),
      checksum: z.optional(z.string()),
      // shown where they are there; a server that tells them otherwise is no worse for it
      defaults: z.catch(
        z.optional(z.object({ passes: z.number(), guidance: z.number(), temperature: z.number() })),
        undefined,
      ),
    }),
  ),
  device: z.string(),
  deviceReason: z.string(),
});
export type ModelsAnswer = z.infer<typeof modelsAnswer>;

export const healthAnswer = z.object({
  ok: z.literal(true),
  name: z.optional(z.string()),
  version: z.optional(z.string()),
  protocol: z.optional(z.number()),
});

/** What lets a page in that the server refused. */
const needs = z.enum(['token', 'key', 'host']);

const figure = z.catch(z.optional(z.number()), undefined);
/** Of a picture that is more than the server takes, and the most that it does. */
const figures = {
  width: figure,
  height: figure,
  maxPixels: figure,
  maxSide: figure,
  bytes: figure,
  maxBytes: figure,
};

const details = z.catch(
  z.optional(
    z.object({
      needs: z.catch(z.optional(needs), undefined),
      // that the key of a request was used for before
      job: z.catch(z.optional(z.string()), undefined),
      ...figures,
    }),
  ),
  undefined,
);
export const errorAnswer = z.object({ error: z.extend(failure, { details }) });
