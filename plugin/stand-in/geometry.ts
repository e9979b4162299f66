/** Outlines of any node in its own coordinates, and how far its drawing reaches. */
import { invert, multiply, union } from '../affine.js';
import type { Box } from './contract.js';
import { isFitted, type NodeData } from './node-data.js';
import type { NodeStore } from './node-store.js';
import { flattenPath, placePath, writePolylines, type Polyline } from './path-data.js';
import { combineAreas, type Area } from './shape-algebra.js';
import { ellipsePath, rectanglePath, starPath } from './shape-paths.js';
import { outlineStroke } from './stroke-outline.js';
import { absoluteBox, absoluteTransform, isShown } from './tree.js';
import { boundsOf, overlap } from './transforms.js';

/** As a plugin reads it: there is none for a fill that isn't there. */
export function fillGeometry(nodes: NodeStore, node: NodeData): VectorPaths {
  return node.properties.fills?.length === 0 ? [] : outlineOf(nodes, node);
}

/**
 * A union's shapes are a path each, to be filled one by one; the other operations are worked out. Text has no outline
 * here, since no font is at hand.
 */
export function outlineOf(nodes: NodeStore, node: NodeData): VectorPaths {
  const { properties } = node;
  const path = (data: string): VectorPaths => [{ windingRule: 'NONZERO', data }];
  switch (node.type) {
    case 'RECTANGLE':
    case 'SECTION':
    case 'FRAME':
    case 'COMPONENT':
    case 'INSTANCE':
      return path(
        rectanglePath(node, {
          topLeft: properties.topLeftRadius ?? 0,
          topRight: properties.topRightRadius ?? 0,
          bottomRight: properties.bottomRightRadius ?? 0,
          bottomLeft: properties.bottomLeftRadius ?? 0,
        }),
      );
    case 'ELLIPSE':
      return path(
        ellipsePath(node, properties.arcData ?? { startingAngle: 0, endingAngle: 2 * Math.PI, innerRadius: 0 }),
      );
    case 'POLYGON':
      return path(starPath(node, properties.pointCount ?? 3));
    case 'STAR':
      return path(starPath(node, properties.pointCount ?? 5, properties.innerRadius));
    case 'VECTOR':
      return (properties.vectorPaths ?? []).filter(({ windingRule }) => windingRule !== 'NONE');
    case 'BOOLEAN_OPERATION':
      return combined(nodes, node);
    default:
      return [];
  }
}

export function strokeGeometry(nodes: NodeStore, node: NodeData): VectorPaths {
  const { strokes = [], strokeWeight = 0, strokeAlign } = node.properties;
  if (strokes.length === 0 || strokeWeight === 0) return [];
  const filled = outlineOf(nodes, node);
  const drawn = node.type === 'LINE' ? [{ data: `M 0 0 L ${node.width} 0` }] : (node.properties.vectorPaths ?? filled);
  const lines = drawn.flatMap(({ data }) => flattenPath(data));
  if (strokeAlign === 'CENTER' || filled.length === 0) return pathOf(outlineStroke(lines, strokeWeight));
  const band: Area = { lines: outlineStroke(lines, strokeWeight * 2), rule: 'NONZERO' };
  const inside: Area = { lines: filled.flatMap(({ data }) => flattenPath(data)), rule: 'NONZERO' };
  return pathOf(combineAreas([band, inside], strokeAlign === 'INSIDE' ? 'INTERSECT' : 'SUBTRACT'));
}

/** With strokes, shadows and blurs, cut by the frames above where `clip` is set. null for what isn't shown. */
export function renderBounds(nodes: NodeStore, id: string, clip: boolean): Box | null {
  if (!isShown(nodes, id)) return null;
  const drawn = reach(nodes, nodes.get(id));
  if (!drawn || !clip) return drawn;
  let box: Box | null = drawn;
  for (let at = nodes.get(id).parent; at && box; at = nodes.get(at).parent)
    if (nodes.get(at).properties.clipsContent) box = overlap(box, absoluteBox(nodes, at));
  return box;
}

function reach(nodes: NodeStore, node: NodeData): Box | null {
  const { effects = [], strokes = [], strokeWeight = 0, strokeAlign, clipsContent } = node.properties;
  const beyond =
    strokes.length === 0
      ? 0
      : strokeAlign === 'OUTSIDE'
        ? strokeWeight
        : strokeAlign === 'CENTER'
          ? strokeWeight / 2
          : 0;
  const own = isFitted(node.type) ? [] : [grown(boundsOf(absoluteTransform(nodes, node.id), node), beyond)];
  const below = clipsContent ? [] : node.children.map((id) => nodes.get(id)).filter(({ visible }) => visible);
  const boxes = [...own, ...below.flatMap((child) => reach(nodes, child) ?? [])];
  if (boxes.length === 0) return null;
  const box = union(boxes);
  const cast = effects.flatMap((effect) => {
    if (!('visible' in effect) || !effect.visible) return [];
    if (effect.type === 'LAYER_BLUR') return [grown(box, effect.radius)];
    if (effect.type !== 'DROP_SHADOW') return [];
    const shadow = grown(box, effect.radius + (effect.spread ?? 0));
    return [{ ...shadow, x: shadow.x + effect.offset.x, y: shadow.y + effect.offset.y }];
  });
  return union([box, ...cast]);
}

function combined(nodes: NodeStore, node: NodeData): VectorPaths {
  const operation = node.properties.booleanOperation ?? 'UNION';
  const back = invert(node.transform);
  const shapes = node.children
    .map((id) => nodes.get(id))
    .filter(({ visible }) => visible)
    .map((child) =>
      leavesOf(nodes, child).flatMap((leaf) => {
        const transform = multiply(back, leaf.transform);
        const filled = outlineOf(nodes, leaf);
        // a shape that has a stroke alone takes part by its stroke
        const outlines = filled.length > 0 ? filled : strokeGeometry(nodes, leaf);
        return outlines.map(({ data, ...path }) => ({ ...path, data: placePath(data, transform) }));
      }),
    );
  if (operation === 'UNION') return shapes.flat();
  return pathOf(combineAreas(shapes.map(areaOf), operation));
}

/** A group takes part by what it holds, which counts from the same container. */
function leavesOf(nodes: NodeStore, node: NodeData): NodeData[] {
  return node.type === 'GROUP' ? node.children.flatMap((id) => leavesOf(nodes, nodes.get(id))) : [node];
}

function areaOf(paths: VectorPaths): Area {
  const [first] = paths;
  const rule = paths.length === 1 && first?.windingRule === 'EVENODD' ? 'EVENODD' : 'NONZERO';
  if (paths.length <= 1) return { lines: paths.flatMap(({ data }) => flattenPath(data)), rule };
  const parts = paths.map((path) => areaOf([path]));
  return { lines: combineAreas(parts, 'UNION'), rule: 'NONZERO' };
}

function pathOf(lines: readonly Polyline[]): VectorPaths {
  return lines.length === 0 ? [] : [{ windingRule: 'NONZERO', data: writePolylines(lines) }];
}

function grown({ x, y, width, height }: Box, by: number): Box {
  return { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
}
