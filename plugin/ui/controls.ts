/** What the panel's controls stand at. A result's recipe keeps them, so that they can be put back. */
import * as z from 'zod/mini';
import {
  MAX_GUIDANCE,
  MAX_PASSES,
  MAX_PROMPT,
  MAX_ROTATION,
  MAX_SCALE,
  MAX_SEED,
  MAX_STEPS,
  MAX_TEMPERATURE,
  MAX_VARIANTS,
  MIN_SCALE,
  repeats,
} from '../../shared/limits.js';

export const tasks = ['generate', 'vary', 'words', 'expand', 'reference', 'edit', 'pattern', 'mix'] as const;
export const task = z.enum(tasks);
export type Task = z.infer<typeof task>;

/** Tasks offered for a picture alone, and for two. */
export const imageTasks = ['vary', 'words', 'expand', 'reference'] as const;
export const pairTasks = ['pattern', 'mix'] as const;

const share = z.number().check(z.minimum(0), z.maximum(1));
const side = z.number().check(z.minimum(0), z.maximum(8));
const words = z.string().check(z.maxLength(MAX_PROMPT));
const bounded = (least: number, most: number) => z.number().check(z.minimum(least), z.maximum(most));
const count = (least: number, most: number) => z.int().check(z.minimum(least), z.maximum(most));

const sides = z.object({ left: side, right: side, top: side, bottom: side });
/** To add on each side, as shares of the picture's width and height. */
export type Sides = z.infer<typeof sides>;

const fields = {
  imageTask: z.enum(imageTasks),
  pairTask: z.enum(pairTasks),
  /** What another picture gives to an edit: its pattern, or its own tokens. */
  otherUse: z.enum(['pattern', 'tokens']),
  /** The shapes keep what is under them, instead of giving it away. */
  lock: z.boolean(),
  /** Prompts, by task. */
  words: z.object({ generate: words, words, expand: words, reference: words, edit: words, pattern: words }),
  variants: count(1, MAX_VARIANTS),
  strength: share,
  expand: sides,
  scale: bounded(MIN_SCALE, MAX_SCALE),
  rotation: bounded(-MAX_ROTATION, MAX_ROTATION),
  repeat: z.enum(repeats),
  shading: share,
  steps: count(3, MAX_STEPS),
  silhouette: share,
  texture: share,
  // null: the server's choice
  seed: z.nullable(count(0, MAX_SEED)),
  passes: z.nullable(count(1, MAX_PASSES)),
  guidance: z.nullable(bounded(0, MAX_GUIDANCE)),
  temperature: z.nullable(bounded(0, MAX_TEMPERATURE)),
};
const controls = z.object(fields);
export type Controls = z.infer<typeof controls>;
export type WordsTask = keyof Controls['words'];

export const firstControls: Controls = {
  imageTask: 'vary',
  pairTask: 'pattern',
  otherUse: 'pattern',
  lock: false,
  words: { generate: '', words: '', expand: '', reference: '', edit: '', pattern: '' },
  variants: 4,
  strength: 0.4,
  expand: { left: 0, right: 0, top: 0, bottom: 0 },
  scale: 1,
  rotation: 0,
  repeat: 'straight',
  shading: 0.5,
  steps: 5,
  silhouette: 1,
  texture: 1,
  seed: null,
  passes: null,
  guidance: null,
  temperature: null,
};

export function hasWords(task: Task): task is WordsTask {
  return task in firstControls.words;
}

/** What a recipe's `panel` says of the controls; what it doesn't, or says wrongly, stays as it is. */
export function restoreControls(panel: unknown, current: Controls): Controls {
  const kept = z.catch(z.record(z.string(), z.unknown()), {}).parse(panel);
  const known = Object.entries(fields).filter(([name, schema]) => schema.safeParse(kept[name]).success);
  return controls.parse({ ...current, ...Object.fromEntries(known.map(([name]) => [name, kept[name]])) });
}

export function taskOf(panel: unknown): Task | undefined {
  return z.catch(z.object({ task: z.optional(task) }), {}).parse(panel).task;
}
