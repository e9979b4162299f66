/** What the panel hears of the sandbox, and of the canvas by it; how the two talk is told in `messages.ts`. */
import * as z from 'zod/mini';
import { bytes, command, draft, recipe, row, settings, sides, ticket, trackedJob, untoldJob } from './messages.js';

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

/** What is selected, by what can be done with it. A result is an image whose `target.recipe` is there. */
const subject = z.discriminatedUnion('kind', [
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
    /** Left by an earlier run in this file. */
    draft: z.optional(draft),
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
  /** Answers `list-untold`. */
  z.object({ type: z.literal('untold'), jobs: z.array(untoldJob) }),
  z.object({ type: z.literal('thumbnail'), node: z.string(), bytes: bytes() }),
  z.object({ type: z.literal('picture'), node: z.string(), bytes: bytes() }),
  /** The newest first. */
  z.object({ type: z.literal('history'), entries: z.array(historyEntry) }),
  /** Answers `show-row`, whatever came of it. */
  z.object({ type: z.literal('looked'), row }),
  /** `code` is a key of the panel's texts, `ticket` the job that it ends, `node` the one that was to be looked at or read. */
  z.object({
    type: z.literal('failed'),
    code: z.enum([
      'node-gone',
      'row-gone',
      'nothing-to-show',
      'no-image',
      'too-large',
      'too-much-data',
      'unknown-message',
      'unexpected',
    ]),
    detail: z.string(),
    ticket: z.optional(ticket),
    node: z.optional(z.string()),
  }),
]);
export type ToPanel = z.infer<typeof toPanel>;
