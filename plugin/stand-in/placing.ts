/** Putting nodes somewhere so that they stay where they are seen: grouping, combining, moving into a frame. */
import { invert, multiply } from '../affine.js';
import { setTransform, settle } from './layout.js';
import { isFitted, type NodeData } from './node-data.js';
import { ROOT, type NodeStore } from './node-store.js';
import { absoluteTransform, attach, containerOf, removeNode, subtree } from './tree.js';

/** Moves and turns a node to where its transform to the page is `absolute`. */
export function setAbsolute(nodes: NodeStore, id: string, absolute: Transform): void {
  setTransform(nodes, id, relativeOf(nodes, id, absolute));
  settle(nodes, id);
}

/** Into another parent, at the same place on the page. */
export function moveInto(nodes: NodeStore, id: string, { parent, index }: { parent: string; index: number }): void {
  const absolute = absoluteTransform(nodes, id);
  attach(nodes, id, parent, index);
  setAbsolute(nodes, id, absolute);
}

/**
 * A new group or boolean around nodes, which keep their places and their order.
 * @returns the new node's id
 */
export function wrap(
  nodes: NodeStore,
  ids: readonly string[],
  into: { type: 'GROUP' | 'BOOLEAN_OPERATION'; parent: string; index?: number; start?: Partial<NodeData> },
): string {
  const emptied = new Set(ids.flatMap((id) => nodes.get(id).parent ?? []));
  const order = subtree(nodes, ROOT).map(({ id }) => id);
  const wrapper = nodes.create(into.type, into.start).id;
  attach(nodes, wrapper, into.parent, into.index ?? nodes.get(into.parent).children.length);
  const sorted = [...new Set(ids)].sort((one, other) => order.indexOf(one) - order.indexOf(other));
  sorted.forEach((id, index) => {
    const absolute = absoluteTransform(nodes, id);
    attach(nodes, id, wrapper, index);
    setTransform(nodes, id, relativeOf(nodes, id, absolute));
  });
  settle(nodes, wrapper);
  for (const id of emptied) tidy(nodes, id);
  return wrapper;
}

/** After something has left: a group that holds nothing any more goes, anything else closes the gap. */
export function tidy(nodes: NodeStore, id: string): void {
  const { type, children } = nodes.get(id);
  const left = isFitted(type) && children.length === 0 ? removeNode(nodes, id) : id;
  if (left) settle(nodes, left);
}

function relativeOf(nodes: NodeStore, id: string, absolute: Transform): Transform {
  const container = containerOf(nodes, id);
  return container ? multiply(invert(absoluteTransform(nodes, container.id)), absolute) : absolute;
}
