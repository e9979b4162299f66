/** Keeps sizes and places true after a change: groups fit what they hold, auto-layout frames lay out and hug. */
import { invert, multiply, place, scaling, shift, union } from '../affine.js';
import type { Box } from './contract.js';
import { limits } from './limits.js';
import { isAutoLayout, isFitted, isFrame, type NodeData } from './node-data.js';
import type { NodeStore } from './node-store.js';
import { placePath } from './path-data.js';
import { boundsOf, moved } from './transforms.js';

/** After a change of `id`: its own layout, then that of everything above it. */
export function settle(nodes: NodeStore, id: string): void {
  for (let at: string | null = id; at; at = nodes.get(at).parent) {
    const node = nodes.get(at);
    if (isFitted(node.type)) fit(nodes, node);
    else if (isAutoLayout(node)) layOut(nodes, node);
  }
}

/** Moving a group moves what it holds, whose coordinates don't count from it. */
export function setTransform(nodes: NodeStore, id: string, transform: Transform): void {
  const node = nodes.get(id);
  if (isFitted(node.type)) {
    const change = multiply(transform, invert(node.transform));
    for (const child of node.children) setTransform(nodes, child, multiply(change, nodes.get(child).transform));
  }
  nodes.change(id, { transform });
}

/** Without regard to what lies above the node. Children follow by their constraints unless `constrain` is false. */
export function setSize(nodes: NodeStore, id: string, size: { width: number; height: number }, constrain = true): void {
  const node = nodes.get(id);
  if (node.width === size.width && node.height === size.height) return;
  const { width, height } = size;
  const [across, down] = [node.width === 0 ? 1 : width / node.width, node.height === 0 ? 1 : height / node.height];
  if (isFitted(node.type)) {
    for (const child of node.children) stretch(nodes, nodes.get(child), node.transform, { across, down });
  } else if (isFrame(node.type) && constrain && !isAutoLayout(node)) {
    for (const child of node.children) constrainChild(nodes, nodes.get(child), node, size);
  }
  const paths = node.properties.vectorPaths;
  if (paths) {
    const scale = scaling(across, down);
    nodes.setProperties(id, { vectorPaths: paths.map((path) => ({ ...path, data: placePath(path.data, scale) })) });
  }
  nodes.change(id, { width, height });
  const changed = nodes.get(id);
  if (isAutoLayout(changed)) layOut(nodes, changed);
}

/** A group's turn stays; its box is the smallest along its own axes. */
function fit(nodes: NodeStore, group: NodeData): void {
  if (group.children.length === 0) return;
  const back = invert(moved(group.transform, 0, 0));
  const box = union(
    group.children.map((id) => {
      const child = nodes.get(id);
      return boundsOf(multiply(back, child.transform), child);
    }),
  );
  const corner = place(moved(group.transform, 0, 0), box);
  const transform = moved(group.transform, corner.x, corner.y);
  nodes.change(group.id, { transform, width: box.width, height: box.height });
}

/** Scales a group's child along the group's axes; a turned child by as much as its own axes have of them. */
function stretch(nodes: NodeStore, child: NodeData, group: Transform, by: { across: number; down: number }): void {
  const scale = scaling(by.across, by.down);
  const local = multiply(invert(group), child.transform);
  const [[a, c], [b, d]] = multiply(scale, local);
  const [width, height] = [child.width * Math.hypot(a, b), child.height * Math.hypot(c, d)];
  if (isFitted(child.type)) {
    for (const id of child.children) stretch(nodes, nodes.get(id), group, by);
    return fit(nodes, nodes.get(child.id));
  }
  const corner = place(multiply(group, scale), { x: local[0][2], y: local[1][2] });
  nodes.change(child.id, { transform: moved(child.transform, corner.x, corner.y) });
  setSize(nodes, child.id, { width, height });
}

function constrainChild(
  nodes: NodeStore,
  child: NodeData,
  frame: NodeData,
  size: { width: number; height: number },
): void {
  if (isFitted(child.type)) {
    for (const id of child.children) constrainChild(nodes, nodes.get(id), frame, size);
    return fit(nodes, nodes.get(child.id));
  }
  const { horizontal, vertical } = child.properties.constraints ?? { horizontal: 'MIN', vertical: 'MIN' };
  const box = boundsOf(child.transform, child);
  const [x, width] = constrainAxis(horizontal, [box.x, box.width], frame.width, size.width);
  const [y, height] = constrainAxis(vertical, [box.y, box.height], frame.height, size.height);
  const [, , left] = child.transform[0];
  const [, , top] = child.transform[1];
  nodes.change(child.id, { transform: moved(child.transform, left + x - box.x, top + y - box.y) });
  setSize(nodes, child.id, {
    width: Math.max(limits.smallestSide, child.width + width - box.width),
    height: child.type === 'LINE' ? 0 : Math.max(limits.smallestSide, child.height + height - box.height),
  });
}

function constrainAxis(
  by: ConstraintType,
  [start, length]: readonly [number, number],
  before: number,
  after: number,
): readonly [number, number] {
  const more = after - before;
  if (by === 'MAX') return [start + more, length];
  if (by === 'CENTER') return [start + more / 2, length];
  if (by === 'STRETCH') return [start, length + more];
  if (by === 'SCALE' && before !== 0) return [(start * after) / before, (length * after) / before];
  return [start, length];
}

/** One row or one column, as Figma's auto layout without wrapping. An empty frame keeps its size. */
function layOut(nodes: NodeStore, frame: NodeData): void {
  const { properties } = frame;
  const row = properties.layoutMode === 'HORIZONTAL';
  const { paddingLeft = 0, paddingRight = 0, paddingTop = 0, paddingBottom = 0, itemSpacing = 0 } = properties;
  const along = row ? [paddingLeft, paddingRight] : [paddingTop, paddingBottom];
  const across = row ? [paddingTop, paddingBottom] : [paddingLeft, paddingRight];
  const [startPad = 0, endPad = 0] = along;
  const [topPad = 0, bottomPad = 0] = across;

  const ids = frame.children.filter((id) => {
    const child = nodes.get(id);
    return child.visible && child.properties.layoutPositioning !== 'ABSOLUTE';
  });
  if (ids.length === 0) return;
  const boxOf = (id: string): Box => boundsOf(nodes.get(id).transform, nodes.get(id));
  const lengthOf = (id: string) => (row ? boxOf(id).width : boxOf(id).height);
  const depthOf = (id: string) => (row ? boxOf(id).height : boxOf(id).width);
  const grows = (id: string) => nodes.get(id).properties.layoutGrow === 1;
  const stretches = (id: string) => nodes.get(id).properties.layoutAlign === 'STRETCH';

  let length = row ? frame.width : frame.height;
  let depth = row ? frame.height : frame.width;
  const gaps = itemSpacing * (ids.length - 1);
  if (properties.primaryAxisSizingMode === 'AUTO') length = startPad + endPad + gaps + sum(ids.map(lengthOf));
  else {
    const growing = ids.filter(grows);
    const fixed = sum(ids.filter((id) => !grows(id)).map(lengthOf));
    const share = Math.max(limits.smallestSide, (length - startPad - endPad - gaps - fixed) / growing.length);
    for (const id of growing) setLength(nodes, id, row ? 'width' : 'height', share);
  }
  if (properties.counterAxisSizingMode === 'AUTO') {
    const settled = ids.filter((id) => !stretches(id));
    depth = topPad + bottomPad + Math.max(...(settled.length > 0 ? settled : ids).map(depthOf));
  }
  const inner = Math.max(limits.smallestSide, depth - topPad - bottomPad);
  for (const id of ids.filter(stretches)) setLength(nodes, id, row ? 'height' : 'width', inner);

  const free = length - startPad - endPad - sum(ids.map(lengthOf));
  const apart = properties.primaryAxisAlignItems === 'SPACE_BETWEEN' && ids.length > 1;
  const gap = apart ? Math.max(0, free / (ids.length - 1)) : itemSpacing;
  let at = startPad + (apart ? 0 : (free - gaps) * portion(properties.primaryAxisAlignItems));
  for (const id of ids) {
    const box = boxOf(id);
    const aside = topPad + (inner - depthOf(id)) * portion(properties.counterAxisAlignItems);
    const [x, y] = row ? [at, aside] : [aside, at];
    if (box.x !== x || box.y !== y)
      setTransform(nodes, id, multiply(shift(x - box.x, y - box.y), nodes.get(id).transform));
    at += lengthOf(id) + gap;
  }
  const [width, height] = row ? [length, depth] : [depth, length];
  const smallest = (side: number) => Math.max(limits.smallestSide, side);
  nodes.change(frame.id, { width: smallest(width), height: smallest(height) });
}

/** Sets a child's side without asking what lies above it; a frame that hugged along it is fixed by that. */
function setLength(nodes: NodeStore, id: string, side: 'width' | 'height', length: number): void {
  const { width, height } = nodes.get(id);
  setSize(nodes, id, { width, height, [side]: length });
}

function portion(alignment: string | undefined): number {
  return alignment === 'CENTER' ? 0.5 : alignment === 'MAX' ? 1 : 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
