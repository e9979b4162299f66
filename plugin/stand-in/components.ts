/** Components and their instances. An instance is a copy of its component at that moment; later changes don't reach it. */
import type { DocumentModel } from './document-model.js';
import type { NodeData } from './node-data.js';
import type { NodeStore } from './node-store.js';
import { moveInto } from './placing.js';
import { attach, copyNode, removeNode } from './tree.js';

/** On the current page. Its parts have ids that tell what they are copies of. */
export function makeInstance({ nodes, page }: DocumentModel, component: NodeData): string {
  const { name, transform, width, height, properties } = component;
  const copy = nodes.create('INSTANCE', { name, transform, width, height, properties, main: component.id }).id;
  const idOf = (id: string) => `I${copy};${id}`;
  component.children.forEach((child, index) => attach(nodes, copyNode(nodes, child, { idOf }), copy, index));
  attach(nodes, copy, page, nodes.get(page).children.length);
  return copy;
}

/** A frame becomes a component; anything else is put into a new one. */
export function makeComponent(nodes: NodeStore, id: string): string {
  const { name, width, height, transform, parent, children, properties, type } = nodes.get(id);
  if (!parent) throw new Error(`${type} can't become a component.`);
  const component = nodes.create('COMPONENT', { name, width, height }).id;
  attach(nodes, component, parent, nodes.get(parent).children.indexOf(id));
  nodes.change(component, { transform });
  if (type !== 'FRAME') {
    nodes.setProperties(component, { fills: [], clipsContent: false });
    moveInto(nodes, id, { parent: component, index: 0 });
    return component;
  }
  nodes.change(component, { properties });
  children.forEach((child, index) => attach(nodes, child, component, index));
  removeNode(nodes, id);
  return component;
}
