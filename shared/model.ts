/** model.json: what a bundle says of itself. TypeScript knows the training code through this alone. */
import { z } from 'zod';
import { modelPixels } from './grid.js';
import { MAX_CANDIDATES, MAX_GUIDANCE, MAX_PASSES, MAX_TEMPERATURE } from './limits.js';

const tensor = z.object({ name: z.string(), type: z.string(), shape: z.array(z.union([z.number(), z.string()])) });

const file = z.object({
  // a name within the bundle's folder, never a way out of it
  path: z.string().regex(/^[\w-]+(\.[\w-]+)*$/),
  sha256: z.string().regex(/^[a-f0-9]{64}$/),
  bytes: z.int().min(0),
});
const graph = file.extend({ inputs: z.array(tensor), outputs: z.array(tensor) });

const pixels = z.int().transform(modelPixels);

export const bundleModel = z.object({
  format: z.literal(1),
  name: z.string(),
  title: z.string(),
  created: z.string(),
  preset: z.string(),
  image: z.object({ size: pixels, channels: z.literal(3) }),
  grid: z.object({ size: z.int(), cell: pixels }),
  codebook: z.object({ groups: z.int(), size: z.int(), dim: z.int(), checksum: z.string() }),
  text: z.object({ tokenizer: z.string(), max_tokens: z.int(), vocabulary: z.int(), pad: z.int() }),
  transformer: z.object({
    layers: z.int(),
    width: z.int(),
    heads: z.int(),
    mask_code: z.int(),
    max_condition_tokens: z.int(),
  }),
  smart: z.object({
    // within the bounds of what a request may ask for instead
    passes: z.int().min(1).max(MAX_PASSES),
    alpha: z.number().min(0).max(1),
    beta: z.number().min(0).max(1),
    temperature: z.number().min(0).max(MAX_TEMPERATURE),
    guidance: z.number().min(0).max(MAX_GUIDANCE),
    candidates: z.int().min(1).max(MAX_CANDIDATES),
    /** Bundles made before it guide all passes. */
    guided_share: z.number().min(0).max(1).default(1),
    choice_temperature: z.number().min(0).max(100),
    marginal_weight: z.number().min(0).max(10),
    /** Bundles made before it draw every pass at one temperature. */
    final_temperature_share: z.number().min(0).max(1).default(1),
    first_temperature_share: z.number().min(0).max(2).default(1),
    /** And keep tokens with as much chance before every pass. */
    final_choice_share: z.number().min(0).max(1).default(1),
    /** And polish none. */
    polish_share: z.number().min(0).max(1).default(0),
    /** And draw codes of any probability, by graphs that take no such bound. */
    min_p: z.number().min(0).max(1).default(0),
  }),
  /** Log frequency of each code, a list a group. */
  marginals: z.array(z.array(z.number())),
  files: z.object({
    weights: file,
    encoder: graph,
    decoder: graph,
    blend: graph,
    mixer: graph,
    conditions: graph,
    transformer: graph,
    head: graph,
    /** The same two with int8 products, one row a run, for processors. */
    transformer_int8: graph.optional(),
    head_int8: graph.optional(),
    tokenizer: file,
    /** The training pictures' captions, and how many pictures have each: a picture of nothing asked for is of one of them. */
    captions: file.optional(),
    /** The words that mean something to the model, or nothing to anybody: others of a prompt are told. */
    words: file.optional(),
    evaluator: graph.optional(),
  }),
  training: z.record(z.string(), z.unknown()),
  figures: z.record(z.string(), z.unknown()),
});

export type BundleModel = z.infer<typeof bundleModel>;
