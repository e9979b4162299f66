/**
 * What the plugin's two halves say to each other; both check what they hear. The sandbox knows the document and no
 * network, the panel knows the server and no document, so a job's way is: `begin` -> `began` (a row of placeholders lies on
 * the canvas, the pixels' sources are on their way) -> the panel rasterises, uploads and submits, and before each step says
 * by `track` how far the job has come -> `preview`, `land` … -> `settle`. `ticket` is made by the panel and names a job from
 * its first moment; to the server it is named by `submission.key`, which a retry takes over from the try before.
 */
import * as z from 'zod/mini';

/** 2×3 affine, rows first, as Figma has them. */
const transform = z.tuple([
  z.tuple([z.number(), z.number(), z.number()]),
  z.tuple([z.number(), z.number(), z.number()]),
]);

/** How a picture's pixels reach the panel. Sizes of nodes are in canvas units, of pictures in pixels. */
const pixelSource = z.discriminatedUnion('way', [
  /** The original bytes of an image fill, and how the node shows them. */
  z.object({
    way: z.literal('fill'),
    name: z.string(),
    bytes: bytes(),
    node: z.object({ width: z.number(), height: z.number() }),
    scaleMode: z.enum(['FILL', 'FIT', 'CROP', 'TILE']),
    /** CROP: from the node's unit square to the image's. */
    imageTransform: z.optional(transform),
    /** FILL, FIT and TILE: quarter turns, in degrees. */
    rotation: z.optional(z.number()),
    /** TILE: canvas units an image pixel takes. */
    scalingFactor: z.optional(z.number()),
  }),
  /** The node as Figma renders it, `scale` pixels a canvas unit. */
  z.object({
    way: z.literal('export'),
    name: z.string(),
    bytes: bytes(),
    node: z.object({ width: z.number(), height: z.number() }),
    scale: z.number(),
  }),
]);
export type PixelSource = z.infer<typeof pixelSource>;

/** A shape that stands for a mask, placed in the base node's own coordinates. */
const maskShape = z.object({
  name: z.string(),
  /** From the shape's coordinates to the base node's. */
  toBase: transform,
  opacity: z.number(),
  /** Radius of a layer blur in canvas units, for soft edges. */
  blur: z.number(),
  drawn: z.discriminatedUnion('as', [
    z.object({
      as: z.literal('paths'),
      paths: z.array(z.object({ data: z.string(), windingRule: z.enum(['NONZERO', 'EVENODD', 'NONE']) })),
    }),
    /** Text, and shapes that mask by their alpha: their own rendering, which fills width × height. */
    z.object({ as: z.literal('alpha'), bytes: bytes(), width: z.number(), height: z.number() }),
  ]),
});
export type MaskShape = z.infer<typeof maskShape>;

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

/** A node as the panel shows it. Sizes in canvas units; `pixels` where it has an image fill. */
const nodeInfo = z.object({
  id: z.string(),
  name: z.string(),
  width: z.number(),
  height: z.number(),
  /** 'image': an image fill; 'content': anything else that is rendered to a picture. */
  look: z.enum(['image', 'content']),
  pixels: z.optional(z.object({ width: z.number(), height: z.number() })),
  /** Pixels of what an expansion goes on from, where that is not the whole image as it is. */
  shown: z.optional(z.object({ width: z.number(), height: z.number() })),
  recipe: z.optional(recipe),
  /** The layer that a result was made from, while it is there. */
  madeFrom: z.optional(z.object({ name: z.string(), recipe: z.optional(recipe) })),
});
export type NodeInfo = z.infer<typeof nodeInfo>;

export const sides = z.object({ left: z.number(), right: z.number(), top: z.number(), bottom: z.number() });

/** What is selected, by what can be done with it. A result is an image whose `target.recipe` is there. */
export const subject = z.discriminatedUnion('kind', [
  /** Nothing, or an empty frame, into which results then go. */
  z.object({ kind: z.literal('nothing'), frame: z.optional(z.object({ id: z.string(), name: z.string() })) }),
  /** `room`: a frame around the picture that is larger than it, in canvas units a side. */
  z.object({ kind: z.literal('image'), target: nodeInfo, room: z.optional(sides) }),
  /** `opacity`: of the least opaque shape, where that isn't 1. */
  z.object({
    kind: z.literal('shapes'),
    target: nodeInfo,
    shapes: z.array(nodeInfo),
    opacity: z.optional(z.number()),
  }),
  z.object({ kind: z.literal('pair'), target: nodeInfo, other: nodeInfo }),
  z.object({
    kind: z.literal('shapes-and-other'),
    target: nodeInfo,
    shapes: z.array(nodeInfo),
    opacity: z.optional(z.number()),
    other: nodeInfo,
  }),
  /** Nothing that can be worked on, with the reason. */
  z.object({
    kind: z.literal('unusable'),
    reason: z.enum(['too-many', 'no-image', 'shape-alone', 'hidden', 'busy-row']),
  }),
]);
export type Subject = z.infer<typeof subject>;

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

export const commands = ['open', 'generate', 'vary', 'edit', 'expand', 'mix', 'more', 'history', 'settings'] as const;
export const command = z.enum(commands);
export type Command = z.infer<typeof command>;

const ticket = z.string();
const row = z.string();

export const toSandbox = z.discriminatedUnion('type', [
  /** The panel is there. Answered by `opened`, then `selected` after every change. */
  z.object({ type: z.literal('open') }),
  z.object({ type: z.literal('save-settings'), settings }),
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
  z.object({ type: z.literal('land'), row, variant: z.number(), bytes: bytes(), recipe }),
  /**
   * The job has ended. What has no picture goes; an empty row goes as a whole. One undo takes back what stays. `select`: the
   * first result may be selected, where the designer has selected nothing else meanwhile. Answered by `settled`.
   */
  z.object({ type: z.literal('settle'), row, select: z.optional(z.boolean()) }),
  /** To be kept for the next opening, until it is `told` or nobody works on it any more. */
  z.object({ type: z.literal('untold'), job: untoldJob }),
  z.object({ type: z.literal('told'), ticket }),
  /** A picture of a node, small, for the panel. Answered by `thumbnail`. */
  z.object({ type: z.literal('look'), node: z.string(), side: z.number() }),
  /** Original bytes of a result's fill, for comparing. Answered by `picture`. */
  z.object({ type: z.literal('read'), node: z.string() }),
  z.object({ type: z.literal('list-history') }),
  /** Large enough for a picture, or back to what the controls take. */
  z.object({ type: z.literal('size-panel'), large: z.boolean() }),
  /** `others` are selected with it, those that are still there. */
  z.object({ type: z.literal('show-node'), node: z.string(), others: z.optional(z.array(z.string())) }),
  /** A row whose job has ended, or the results that were taken out of it, by the server's job that made them. */
  z.object({ type: z.literal('show-row'), row, made: z.optional(made) }),
]);
export type ToSandbox = z.infer<typeof toSandbox>;

const historyEntry = z.object({ node: z.string(), name: z.string(), recipe });
export type HistoryEntry = z.infer<typeof historyEntry>;

/** Of a quick action: the prompt and how many. */
const parameters = z.object({ prompt: z.optional(z.string()), variants: z.optional(z.number()) });

/** Rows whose jobs may still run, the newest last. */
const pending = z.array(z.object({ row, job: trackedJob }));

export const toPanel = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('opened'),
    settings,
    command,
    parameters,
    /** On the page that is shown. */
    pending,
    /** Left by an earlier run of the plugin, in whatever file; nothing where there are none. */
    untold: z.optional(z.array(untoldJob)),
    /** Of this plugin, for the connection check. */
    version: z.string(),
  }),
  /** A command from the menu or a relaunch button while the panel is open. */
  z.object({ type: z.literal('asked'), command, parameters }),
  /** Of a page that the designer has turned to, those that nobody follows yet; or those that a redo has brought back. */
  z.object({ type: z.literal('pending'), pending }),
  z.object({ type: z.literal('selected'), subject }),
  z.object({
    type: z.literal('began'),
    ticket,
    row,
    base: z.optional(pixelSource),
    masks: z.array(maskShape),
    others: z.array(pixelSource),
  }),
  /** Answers `settle`: how many pictures of its job are on the canvas, the designer having removed others maybe. */
  z.object({ type: z.literal('settled'), row, pictures: z.number() }),
  /** A row that was removed while its job ran: the panel cancels the job, which is made anew where the row comes back. */
  z.object({ type: z.literal('row-gone'), row }),
  z.object({ type: z.literal('thumbnail'), node: z.string(), bytes: bytes() }),
  z.object({ type: z.literal('picture'), node: z.string(), bytes: bytes() }),
  /** The newest first. */
  z.object({ type: z.literal('history'), entries: z.array(historyEntry) }),
  /** `code` is a key of the panel's texts, `ticket` the job that it ends, `node` the one that was to be looked at or read. */
  z.object({
    type: z.literal('failed'),
    code: z.enum(['node-gone', 'no-image', 'too-large', 'too-much-data', 'unknown-message', 'unexpected']),
    detail: z.string(),
    ticket: z.optional(ticket),
    node: z.optional(z.string()),
  }),
]);
export type ToPanel = z.infer<typeof toPanel>;

function bytes() {
  return z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes');
}
