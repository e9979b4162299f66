/** The one request type of all six tasks (§3.3, §4.2): whatever affects pixels is in it. */
import { z } from 'zod';
import { ToileError } from './error.js';
import { assetId, preservationCondition, textualCondition, visualCondition } from './conditions.js';

export const MAX_VARIANTS = 8;
export const MAX_SEED = 2 ** 32 - 1;

const seed = z.int().min(0).max(MAX_SEED);

/** As a caller sends it. Unknown fields are refused. */
export const generationRequest = z
  .strictObject({
    prompt: textualCondition.optional(),
    references: z.array(visualCondition).max(4).optional(),
    base: preservationCondition.optional(),
    mix: z
      .strictObject({
        assets: z.tuple([assetId, assetId]),
        steps: z.int().min(2).max(9),
        silhouette: z.number().min(0).max(1).optional(),
        texture: z.number().min(0).max(1).optional(),
      })
      .optional(),
    vary: z.strictObject({ asset: assetId, strength: z.number().min(0).max(1) }).optional(),
    variants: z.int().min(1).max(MAX_VARIANTS).default(1),
    seed: seed.optional(),
    passes: z.int().min(1).max(32).optional(),
    temperature: z.number().min(0).max(2).optional(),
    guidance: z.number().min(0).max(10).optional(),
    candidates: z.int().min(1).max(8).optional(),
    bundle: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a bundle name is lower-case letters, digits and dashes')
      .optional(),
  })
  .refine((r) => [r.base, r.mix, r.vary].filter(Boolean).length <= 1, {
    message: 'base, mix and vary exclude each other',
  });

export type GenerationRequest = z.infer<typeof generationRequest>;

/** With the seed drawn. What stays absent is the bundle's default, which the bundle's name and checksum pin down. */
export const resolvedRequest = generationRequest.safeExtend({ seed });
export type ResolvedRequest = z.infer<typeof resolvedRequest>;

/** Seed of variant `index`: that of the request plus the index, so that each variant can be remade on its own. */
export function variantSeed(seed: number, index: number): number {
  return (seed + index) % (MAX_SEED + 1);
}

/**
 * Parses a caller's JSON, naming every bad value and the valid ones.
 * @throws ToileError `invalid_request`
 */
export function parseRequest(value: unknown): GenerationRequest {
  const parsed = generationRequest.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error, value);
}

/** A schema's complaints as one error. */
export function invalidRequest(error: z.ZodError, value: unknown): ToileError {
  const problems = error.issues.map((issue) => {
    const at = issue.path.join('.');
    const got = at ? `${at} = ${show(dig(value, issue.path))}: ` : '';
    const known =
      issue.code === 'unrecognized_keys' && issue.path.length === 0
        ? `; the fields are ${Object.keys(generationRequest.shape).join(', ')}`
        : '';
    return `${got}${issue.message}${known}`;
  });
  return new ToileError('invalid_request', problems.join('. '), { details: { problems } });
}

function dig(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}… (${text.length} characters)` : text;
}
