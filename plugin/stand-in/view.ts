/** The document for whoever draws it: plain data, made once for each state of a node. */
import type { DocumentView, DrawnNode } from './contract.js';
import type { DocumentModel } from './document-model.js';
import { outlineOf, strokeGeometry } from './geometry.js';
import { isAutoLayout, type NodeData } from './node-data.js';
import { ROOT } from './node-store.js';
import { absoluteBox, absoluteTransform, subtree } from './tree.js';
import { rotationOf } from './transforms.js';

type Geometry = { of: readonly NodeData[]; fill: VectorPaths; stroke: VectorPaths };

export function makeView(model: DocumentModel): DocumentView {
  const { nodes } = model;
  const geometries = new WeakMap<NodeData, Geometry>();
  let drawn = new Map<string, DrawnNode>();
  let revision = -1;

  const geometryOf = (node: NodeData): Geometry => {
    // a boolean's outline is its children's
    const of = node.type === 'BOOLEAN_OPERATION' ? subtree(nodes, node.id) : [node];
    const known = geometries.get(node);
    if (known && known.of.length === of.length && of.every((each, index) => each === known.of[index])) return known;
    const geometry = { of, fill: outlineOf(nodes, node), stroke: strokeGeometry(nodes, node) };
    geometries.set(node, geometry);
    return geometry;
  };
  const nodeOf = (id: string): DrawnNode | undefined => {
    if (revision !== model.revision) [drawn, revision] = [new Map(), model.revision];
    const known = drawn.get(id);
    const data = nodes.find(id);
    if (known || !data) return known;
    const { fill, stroke } = geometryOf(data);
    const node = describe(data, {
      absoluteTransform: absoluteTransform(nodes, id),
      absoluteBoundingBox: absoluteBox(nodes, id),
      fillGeometry: fill,
      strokeGeometry: stroke,
    });
    drawn.set(id, node);
    return node;
  };

  return {
    pages: () => nodes.get(ROOT).children.map((id) => ({ id, name: nodes.get(id).name })),
    currentPage: () => model.page,
    node: nodeOf,
    children: (id) => nodes.find(id)?.children ?? [],
    maskOf: (id) => maskOf(model, id),
    selection: () => model.selection(model.page),
    viewport: () => ({ ...model.viewport }),
    image: (hash) => model.images.get(hash),
    canUndo: () => model.history.canUndo(),
    canRedo: () => model.history.canRedo(),
  };
}

/** The next mask among siblings ends what the one before it covers. A hidden mask covers nothing. */
function maskOf({ nodes }: DocumentModel, id: string): string | undefined {
  const node = nodes.find(id);
  if (!node?.parent || node.properties.isMask) return undefined;
  const siblings = nodes.get(node.parent).children;
  return siblings
    .slice(0, siblings.indexOf(id))
    .map((sibling) => nodes.get(sibling))
    .findLast(({ visible, properties }) => visible && properties.isMask)?.id;
}

type Placed = Pick<DrawnNode, 'absoluteTransform' | 'absoluteBoundingBox' | 'fillGeometry' | 'strokeGeometry'>;

function describe({ properties, ...node }: NodeData, placed: Placed): DrawnNode {
  const { characters, fontSize = 12, fontName, textAlignHorizontal = 'LEFT' } = properties;
  const { family = 'Inter', style = 'Regular' } = fontName ?? {};
  return {
    ...placed,
    id: node.id,
    type: node.type,
    name: node.name,
    parent: node.parent,
    children: node.children,
    visible: node.visible,
    locked: node.locked,
    width: node.width,
    height: node.height,
    rotation: rotationOf(placed.absoluteTransform),
    opacity: properties.opacity ?? 1,
    blendMode: properties.blendMode ?? 'PASS_THROUGH',
    isMask: properties.isMask ?? false,
    maskType: properties.maskType ?? 'ALPHA',
    clipsContent: properties.clipsContent ?? false,
    isAutoLayout: isAutoLayout({ properties }),
    fills: properties.fills ?? [],
    strokes: properties.strokes ?? [],
    strokeWeight: properties.strokeWeight ?? 0,
    effects: properties.effects ?? [],
    relaunch: node.relaunch,
    ...(characters !== undefined && { text: { characters, fontSize, family, style, align: textAlignHorizontal } }),
  };
}
