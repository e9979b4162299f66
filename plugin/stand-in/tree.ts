/** How nodes hang together: parents, the frames that coordinates count from, and moving nodes between them. */
import { identity, multiply } from '../affine.js';
import type { Box } from './contract.js';
import { isFitted, type NodeData } from './node-data.js';
import type { NodeStore } from './node-store.js';
import { boundsOf } from './transforms.js';

export function isInside(nodes: NodeStore, id: string, ancestor: string): boolean {
  for (let at: string | null = id; at; at = nodes.find(at)?.parent ?? null) if (at === ancestor) return true;
  return false;
}

export function pageOf(nodes: NodeStore, id: string): string | undefined {
  for (let at = nodes.find(id); at; at = at.parent ? nodes.find(at.parent) : undefined)
    if (at.type === 'PAGE') return at.id;
  return undefined;
}

/** The node and all below it, in drawing order. */
export function subtree(nodes: NodeStore, id: string): NodeData[] {
  const node = nodes.get(id);
  return [node, ...node.children.flatMap((child) => subtree(nodes, child))];
}

/** What a node's transform counts from. undefined for pages. */
export function containerOf(nodes: NodeStore, id: string): NodeData | undefined {
  let at = nodes.get(id).parent;
  while (at) {
    const node = nodes.get(at);
    if (!isFitted(node.type)) return node;
    at = node.parent;
  }
  return undefined;
}

export function absoluteTransform(nodes: NodeStore, id: string): Transform {
  const node = nodes.get(id);
  if (node.type === 'PAGE' || node.type === 'DOCUMENT') return identity;
  const container = containerOf(nodes, id);
  return container ? multiply(absoluteTransform(nodes, container.id), node.transform) : node.transform;
}

export function absoluteBox(nodes: NodeStore, id: string): Box {
  return boundsOf(absoluteTransform(nodes, id), nodes.get(id));
}

/** Whether an instance lies above the node; what is in instances can't be moved or removed. */
export function isInInstance(nodes: NodeStore, id: string): boolean {
  for (let at = nodes.get(id).parent; at; at = nodes.get(at).parent) if (nodes.get(at).type === 'INSTANCE') return true;
  return false;
}

export function isShown(nodes: NodeStore, id: string): boolean {
  for (let at: string | null = id; at; at = nodes.get(at).parent) if (!nodes.get(at).visible) return false;
  return true;
}

/** Puts a node into a parent's list. The node keeps its transform, as Figma's `appendChild` does. */
export function attach(nodes: NodeStore, id: string, parent: string, index: number): void {
  detach(nodes, id);
  const { children } = nodes.get(parent);
  nodes.change(parent, { children: [...children.slice(0, index), id, ...children.slice(index)] });
  nodes.change(id, { parent });
}

function detach(nodes: NodeStore, id: string): void {
  const { parent } = nodes.get(id);
  if (!parent) return;
  nodes.change(parent, { children: nodes.get(parent).children.filter((child) => child !== id) });
  nodes.change(id, { parent: null });
}

/** Removes a node and all below it; groups that are left empty go too. Answers with the nearest ancestor that stays. */
export function removeNode(nodes: NodeStore, id: string): string | null {
  const { parent } = nodes.get(id);
  detach(nodes, id);
  for (const node of subtree(nodes, id)) nodes.delete(node.id);
  if (!parent) return null;
  const left = nodes.get(parent);
  return isFitted(left.type) && left.children.length === 0 ? removeNode(nodes, parent) : parent;
}

/** A deep copy with new ids, in no parent's list. `idOf` names the copies; `root` is what the copy itself has otherwise. */
export function copyNode(
  nodes: NodeStore,
  id: string,
  options: { idOf?: (id: string) => string; root?: Partial<NodeData> } = {},
): string {
  const { type, children, ...rest } = nodes.get(id);
  const kind = options.root?.type ?? type;
  const copy = nodes.create(kind, { ...rest, ...options.root, id: options.idOf?.(id) }).id;
  children.forEach((child, index) => {
    const original = nodes.get(child);
    // a component within a copy is an instance of the original
    const root = original.type === 'COMPONENT' ? ({ type: 'INSTANCE', main: child } as const) : undefined;
    attach(nodes, copyNode(nodes, child, { ...options, root }), copy, index);
  });
  return copy;
}
