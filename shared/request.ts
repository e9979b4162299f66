/** The one request type of all six tasks (§3.3, §4.2): whatever affects pixels is in it. */
import { z } from 'zod';
import { ToileError } from './error.js';
import { assetId, preservationCondition, textualCondition, visualCondition } from './conditions.js';
import {
  MAX_CANDIDATES,
  MAX_GUIDANCE,
  MAX_PASSES,
  MAX_PASSES_IN_ALL,
  MAX_PREVIEWS,
  MAX_REFERENCES,
  MAX_SEED,
  MAX_STEPS,
  MAX_TEMPERATURE,
  MAX_VARIANTS,
} from './limits.js';

const seed = z.int().min(0).max(MAX_SEED);

/** What a request is, also one that was kept by another version. */
const wellFormed = z
  .strictObject({
    prompt: textualCondition.optional(),
    references: z.array(visualCondition).max(MAX_REFERENCES, `at most ${MAX_REFERENCES} references`).optional(),
    base: preservationCondition.optional(),
    mix: z
      .strictObject({
        /** From the first to the second. */
        assets: z.tuple([assetId, assetId], 'a mix takes two pictures'),
        /** Pictures from the first to the second, both ends included; each is a variant. */
        steps: z.int().min(2).max(MAX_STEPS),
        /** How far the last step goes towards the second picture in silhouette, and in colour and texture. */
        silhouette: z.number().min(0).max(1).default(1),
        texture: z.number().min(0).max(1).default(1),
        /** Share of the tokens that are made anew half-way between the two, none at the ends. */
        harmonise: z.number().min(0).max(1).default(0),
      })
      .optional(),
    /** Neighbours of a picture: `strength` is the share of its tokens that are made anew. */
    vary: z.strictObject({ asset: assetId, strength: z.number().min(0).max(1).default(0.4) }).optional(),
    variants: z.int().min(1).max(MAX_VARIANTS).default(1),
    seed: seed.optional(),
    passes: z.int().min(1).max(MAX_PASSES).optional(),
    temperature: z.number().min(0).max(MAX_TEMPERATURE).optional(),
    guidance: z.number().min(0).max(MAX_GUIDANCE).optional(),
    /** In an edit: how strongly words and references are heard against the surroundings. */
    emphasis: z.number().min(0).max(10).optional(),
    /** Pictures made for each variant, of which the one with the best relevance and fidelity is kept. */
    candidates: z.int().min(1).max(MAX_CANDIDATES).optional(),
    /** Dynamic termination: passes without a better score after which a picture is done. */
    patience: z.int().min(1).max(MAX_PASSES).optional(),
    /** Small pictures of each variant on its way, evenly spread over its passes. They change none of the result's pixels. */
    previews: z.int().min(0).max(MAX_PREVIEWS).default(0),
    /** What comes back of an edit: the whole picture, or what changed as a patch with alpha and its place. */
    output: z.enum(['image', 'patch']).optional(),
    bundle: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a bundle name is lower-case letters, digits and dashes')
      .optional(),
  })
  .refine((r) => [r.base, r.mix, r.vary].filter(Boolean).length <= 1, {
    message: 'base, mix and vary exclude each other',
  })
  .refine((r) => r.output !== 'patch' || r.base, {
    path: ['output'],
    message: 'a patch is of an edit, which has a base',
  })
  .refine((r) => !(r.base?.tokensFrom && r.references), {
    message: 'base.tokensFrom takes the place of references: send one of the two',
  });

/** As a caller sends it. Unknown fields are refused. */
export const generationRequest = wellFormed
  .refine((r) => !(r.mix && r.references), {
    message: 'a mix is of its two pictures alone: send no references with it',
  })
  .refine((r) => r.variants * (r.candidates ?? 1) * (r.passes ?? 1) <= MAX_PASSES_IN_ALL, {
    message: `variants × candidates × passes is more than ${MAX_PASSES_IN_ALL}`,
  });

export type GenerationRequest = z.infer<typeof generationRequest>;

/** With the seed drawn. What stays absent is the bundle's default, which the bundle's name and checksum pin down. */
export const resolvedRequest = wellFormed.safeExtend({ seed });
export type ResolvedRequest = z.infer<typeof resolvedRequest>;

/** Seed of variant `index`: that of the request plus the index, so that each variant can be remade on its own. */
export function variantSeed(seed: number, index: number): number {
  return (seed + index) % (MAX_SEED + 1);
}

/** How many pictures a request makes. */
export function countVariants(request: { variants: number; mix?: { steps: number } | undefined }): number {
  return request.mix?.steps ?? request.variants;
}

/**
 * How many passes a request will take, as far as can be told before its pictures are read: an edit in several windows
 * takes as many times more.
 */
export function expectPasses(request: GenerationRequest, defaults: { passes: number; candidates: number }): number {
  const { mix, base, passes = defaults.passes, candidates = defaults.candidates } = request;
  const each = mix ? (mix.silhouette === mix.texture ? 1 : 2) : base?.tokensFrom ? 1 : passes * candidates;
  return countVariants(request) * each;
}

/** Every asset that a request names, each once. */
export function listAssets({ base, mix, vary, references = [] }: GenerationRequest): string[] {
  const named = [base?.asset, base?.mask, base?.lock, base?.tokensFrom, vary?.asset, ...(mix?.assets ?? [])];
  return [...new Set([...named, ...references.map(({ asset }) => asset)].filter((id) => id !== undefined))];
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
    // names of fields come back in it, however long and many
    return `${got}${shorten(issue.message, 300)}${known}`;
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
  return shorten(writeJson(value) ?? 'nothing', 60);
}

function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 3)}… (${text.length} characters)` : text;
}

function writeJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // it came as text, so it is no circle
    return '[… nested too deeply to be shown …]';
  }
}
