/** A document as JSON text, with the pictures that it shows in base64. Undo history is not part of it. */
import * as z from 'zod/mini';
import type { NodeKind } from './contract.js';
import { starts } from './defaults.js';
import type { DocumentModel } from './document-model.js';
import type { NodeData } from './node-data.js';
import { ROOT } from './node-store.js';
import { subtree } from './tree.js';

const VERSION = 1;

const row = z.tuple([z.number(), z.number(), z.number()]);
const strings = z.record(z.string(), z.string());

const savedNode = z.object({
  id: z.string(),
  type: z.custom<NodeKind>((value) => typeof value === 'string' && Object.hasOwn(starts, value), 'no kind of node'),
  name: z.string(),
  parent: z.nullable(z.string()),
  children: z.array(z.string()),
  visible: z.boolean(),
  locked: z.boolean(),
  transform: z.tuple([row, row]),
  width: z.number(),
  height: z.number(),
  // the stand-in's own writing; what sets these checks them
  properties: z.custom<NodeData['properties']>((value) => typeof value === 'object' && value !== null),
  pluginData: strings,
  relaunch: strings,
  main: z.optional(z.string()),
});

const savedDocument = z.object({
  version: z.literal(VERSION),
  page: z.string(),
  selections: z.record(z.string(), z.array(z.string())),
  viewport: z.object({ x: z.number(), y: z.number(), zoom: z.number() }),
  nodes: z.array(savedNode),
  images: strings,
});

export function saveDocument(model: DocumentModel): string {
  const nodes = subtree(model.nodes, ROOT);
  const shown = nodes.flatMap(({ properties: { fills = [], strokes = [] } }) =>
    [...fills, ...strokes].flatMap((paint) => (paint.type === 'IMAGE' && paint.imageHash ? [paint.imageHash] : [])),
  );
  const { x, y, zoom } = model.viewport;
  return JSON.stringify({
    version: VERSION,
    page: model.page,
    selections: Object.fromEntries(model.selections()),
    viewport: { x, y, zoom },
    nodes,
    images: model.images.save(new Set(shown)),
  });
}

/** @throws where the text is no document of this version; the present document then stays */
export function loadDocument(model: DocumentModel, text: string): void {
  const { page, selections, viewport, nodes, images } = savedDocument.parse(JSON.parse(text));
  const ids = new Set(nodes.map(({ id }) => id));
  const stray = nodes.find(({ parent, children }) => ![...children, parent ?? ROOT].every((id) => ids.has(id)));
  if (stray || !ids.has(page))
    throw new Error(`The document has no ${stray ? `parent or child of "${stray.id}"` : page}.`);
  model.images.load(images);
  model.nodes.load(nodes);
  model.setViewport(viewport);
  model.reset({ page, selections: new Map(Object.entries(selections)) });
}
