/**
 * What the plugin's two halves say to each other; both check what they hear. The sandbox knows the document and no
 * network, the panel knows the server and no document, so a job's way is: `begin` -> `began` (a row of placeholders lies on
 * the canvas, the pixels' sources are on their way) -> the panel rasterises, uploads and submits, and before each step says
 * by `track` how far the job has come -> `preview`, `land` … -> `settle`. `ticket` is made by the panel and names a job from
 * its first moment; to the server it is named by `submission.key`, which a retry takes over from the try before.
 */
import * as z from 'zod/mini';

// what the panel hears lies apart: the sandbox has no use for its checks, and a limit to its size
export type { HistoryEntry, MaskShape, NodeInfo, PixelSource, Subject, ToPanel } from './to-panel.js';

/** The server's job that a result is of. */
const madeBy = { server: z.string(), job: z.string() };
const made = z.object(madeBy);
export type Made = z.infer<typeof made>;

/**
 * What a result's node carries, so that it can be made again, varied and told apart. Ids and settings, never pictures.
 * `request` is the server's resolved request as JSON; `panel` what the controls stood at, for the panel alone.
 */
export const recipe = z.object({
  version: z.literal(1),
  ...madeBy,
  request: z.record(z.string(), z.unknown()),
  variant: z.number(),
  seed: z.number(),
  relevance: z.number(),
  fidelity: z.number(),
  passes: z.number(),
  changedOutside: z.optional(z.number()),
  /** What those pixels are counted against was rendered or converted first. */
  redrawn: z.optional(z.boolean()),
  /** What made it, by its name and what tells its weights from others. Older results don't say. */
  bundle: z.optional(z.object({ name: z.string(), checksum: z.string() })),
  /** Node that it was made from. */
  parent: z.optional(z.string()),
  /** Nodes that were selected with it: the shapes over it, the other picture. */
  selectedWith: z.optional(z.array(z.string())),
  madeAt: z.string(),
  panel: z.record(z.string(), z.unknown()),
});
export type Recipe = z.infer<typeof recipe>;

export const sides = z.object({ left: z.number(), right: z.number(), top: z.number(), bottom: z.number() });

export const settings = z.object({
  server: z.string(),
  key: z.string(),
  language: z.enum(['auto', 'en', 'zh']),
  variants: z.number(),
});
export type Settings = z.infer<typeof settings>;

/** Until the designer says otherwise. */
export const firstSettings: Settings = { server: 'http://localhost:8787', key: '', language: 'auto', variants: 4 };

/** Nodes that a job is made of, and what it adds to them in canvas units. */
const sources = {
  target: z.optional(z.string()),
  shapes: z.array(z.string()),
  others: z.array(z.string()),
  expand: z.optional(sides),
  frame: z.optional(z.string()),
};

/**
 * What was asked for, but for what the controls stood at. `again`: a request to be sent as it is, but for its seed;
 * `redrawn`: as its recipe has it.
 */
const order = z.object({
  ...sources,
  again: z.optional(z.record(z.string(), z.unknown())),
  redrawn: z.optional(z.boolean()),
});
export type KeptOrder = z.infer<typeof order>;

/** What a job goes by, here and at its server. */
const sent = {
  ticket: z.string(),
  server: z.string(),
  /** The server's id, once it has answered. */
  job: z.optional(z.string()),
  /** What goes to the server, once it is ready: under its key it is one job, however often it is sent. */
  submission: z.optional(z.object({ key: z.string(), request: z.record(z.string(), z.unknown()) })),
};

/** A job as a row on the canvas knows it, so that it is found again after the plugin was closed. */
export const trackedJob = z.object({
  ...sent,
  name: z.string(),
  count: z.number(),
  parent: z.optional(z.string()),
  selectedWith: z.optional(z.array(z.string())),
  /** As in its results' recipes. */
  redrawn: z.optional(z.boolean()),
  panel: z.record(z.string(), z.unknown()),
  /** Older versions kept none. */
  order: z.optional(order),
});
export type TrackedJob = z.infer<typeof trackedJob>;

/**
 * A job that was cancelled, of which its server has yet to hear: by its id there or, where that had not come, by what was
 * sent for it.
 */
export const untoldJob = z.object(sent);
export type UntoldJob = z.infer<typeof untoldJob>;

/** Words that were typed and not sent, by the task that they are for. */
export const draft = z.record(z.string(), z.string());
export type Draft = z.infer<typeof draft>;

export const commands = ['open', 'generate', 'vary', 'edit', 'expand', 'mix', 'more', 'history', 'settings'] as const;
export const command = z.enum(commands);
export type Command = z.infer<typeof command>;

export const ticket = z.string();
export const row = z.string();

export const toSandbox = z.discriminatedUnion('type', [
  /** The panel is there. Answered by `opened`, then `selected` after every change. */
  z.object({ type: z.literal('open') }),
  z.object({ type: z.literal('save-settings'), settings }),
  /** To be kept for the next opening in this file, in the place of what was kept before. */
  z.object({ type: z.literal('keep-draft'), draft }),
  /**
   * Start a job: placeholders on the canvas at once, then the sources of what it needs, all answered by `began`.
   */
  z.object({
    type: z.literal('begin'),
    ticket,
    name: z.string(),
    count: z.number(),
    ...sources,
    /** The results are of what the target shows of its image, not of the image: its crop doesn't hold for them. */
    seen: z.optional(z.boolean()),
  }),
  z.object({ type: z.literal('track'), row, job: trackedJob }),
  z.object({ type: z.literal('preview'), row, variant: z.number(), bytes: bytes() }),
  /** `alike`: it is all that its job makes, and any place will do. */
  z.object({
    type: z.literal('land'),
    row,
    variant: z.number(),
    bytes: bytes(),
    recipe,
    alike: z.optional(z.boolean()),
  }),
  /**
   * The job has ended. What has no picture goes; an empty row goes as a whole. One undo takes back what stays. `select`: the
   * first result may be selected, where the designer has selected nothing else meanwhile. Answered by `settled`.
   */
  z.object({ type: z.literal('settle'), row, select: z.optional(z.boolean()) }),
  /** To be kept for the next opening, until it is `told` or nobody works on it any more. */
  z.object({ type: z.literal('untold'), job: untoldJob }),
  z.object({ type: z.literal('told'), ticket }),
  /** Which of them are kept still, as another window may have had its row back. Answered by `untold`. */
  z.object({ type: z.literal('list-untold') }),
  /** A picture of a node, small, for the panel. Answered by `thumbnail`. */
  z.object({ type: z.literal('look'), node: z.string(), side: z.number() }),
  /** Original bytes of a result's fill, for comparing. Answered by `picture`. */
  z.object({ type: z.literal('read'), node: z.string() }),
  z.object({ type: z.literal('list-history') }),
  /** Large enough for a picture, or back to what the controls take. */
  z.object({ type: z.literal('size-panel'), large: z.boolean() }),
  /** `others` are selected with it, those that are still there. */
  z.object({ type: z.literal('show-node'), node: z.string(), others: z.optional(z.array(z.string())) }),
  /**
   * A row whose job has ended, or the results that were taken out of it, by the server's job that made them: these are looked
   * for page by page, which may take long. Answered by `looked`.
   */
  z.object({ type: z.literal('show-row'), row, made: z.optional(made) }),
]);
export type ToSandbox = z.infer<typeof toSandbox>;

export function bytes() {
  return z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes');
}
