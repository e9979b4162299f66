/** What can be done with a node, as Figma's plugins do it. */
import { exportNode } from './export-node.js';
import { below, matches } from './finders.js';
import { setSize, settle } from './layout.js';
import { makeInstance } from './components.js';
import { invalid, isLonger, limits } from './limits.js';
import { isAutoLayout, type NodeData } from './node-data.js';
import { childrenOf } from './node-properties.js';
import { tidy } from './placing.js';
import type { MethodSurface } from './node-surface.js';
import { Emitter } from './emitter.js';
import { refuse, type Session } from './session.js';
import { attach, copyNode, isInInstance, isInside } from './tree.js';

export type NodeMethods = { readonly [Key in keyof MethodSurface]: (node: NodeData) => MethodSurface[Key] };

export function makeMethods(session: Session): NodeMethods {
  const { model, handles } = session;
  const { nodes } = model;
  const give = (id: string) => handles.give<SceneNode>(id);
  const insert = (parent: NodeData, index: number, child: SceneNode, use: string) =>
    insertChild(session, { parent, index, child: handles.idOf(child, use), use });
  const pageEvents = ({ id }: NodeData) => {
    const emitter = session.pageEvents.get(id) ?? new Emitter<{ nodechange: [NodeChangeEvent] }>(session.uncaught);
    session.pageEvents.set(id, emitter);
    return emitter;
  };
  return {
    toString:
      ({ type, id }) =>
      () =>
        `[${type} ${id}]`,
    remove: (node) => () => remove(session, node),
    clone: (node) => () => {
      const copy = copyNode(nodes, node.id);
      attach(nodes, copy, model.page, nodes.get(model.page).children.length);
      return give(copy);
    },
    getPluginData: (node) => (key) => node.pluginData[key] ?? '',
    setPluginData: (node) => (key, value) => setPluginData(session, { node, key, value }),
    getPluginDataKeys: (node) => () => Object.keys(node.pluginData),
    getRelaunchData: (node) => () => ({ ...node.relaunch }),
    setRelaunchData: (node) => (data) => setRelaunchData(session, node, data),
    getTopLevelFrame: (node) => () => {
      let at: NodeData = node;
      while (at.parent && nodes.get(at.parent).type !== 'PAGE') at = nodes.get(at.parent);
      return at.type === 'FRAME' ? handles.give<FrameNode>(at.id) : undefined;
    },
    appendChild: (node) => (child) => insert(node, node.children.length, child, 'appendChild'),
    insertChild: (node) => (index, child) => insert(node, index, child, 'insertChild'),
    findChildren: (node) => (callback) => {
      const children = childrenOf(session, node, 'findChildren').map(give);
      return callback ? children.filter(callback) : children;
    },
    findChild: (node) => (callback) => childrenOf(session, node, 'findChild').map(give).find(callback) ?? null,
    findAll: (node) => (callback) => {
      const found = below(session, node, 'findAll').map(give);
      return callback ? found.filter(callback) : found;
    },
    findOne: (node) => (callback) => below(session, node, 'findOne').map(give).find(callback) ?? null,
    findAllWithCriteria:
      (node) =>
      <T extends NodeType[]>(criteria: FindAllCriteria<T>) =>
        below(session, node, 'findAllWithCriteria')
          .filter((id) => matches(nodes.get(id), criteria))
          .map((id) => handles.give<{ type: T[number] } & SceneNode>(id)),
    resize: (node) => (width, height) => resize(session, { node, width, height, use: 'resize' }),
    resizeWithoutConstraints: (node) => (width, height) =>
      resize(session, { node, width, height, use: 'resizeWithoutConstraints' }),
    exportAsync: (node) => handles.asExport((settings) => exportNode(session, node, settings)),
    loadAsync: (node) => async () => {
      session.loadedPages.add(node.id);
    },
    on: (node) => (_, callback) => pageEvents(node).on('nodechange', callback),
    once: (node) => (_, callback) => pageEvents(node).on('nodechange', callback, true),
    off: (node) => (_, callback) => pageEvents(node).off('nodechange', callback),
    createInstance: (node) => () => handles.give<InstanceNode>(makeInstance(session.model, node)),
    getMainComponentAsync: (node) => async () =>
      node.main && nodes.has(node.main) ? handles.give<ComponentNode>(node.main) : null,
  };
}

function insertChild(
  session: Session,
  { parent, index, child, use }: { parent: NodeData; index: number; child: string; use: string },
): void {
  const { nodes } = session.model;
  const moving = nodes.get(child);
  if (parent.type === 'INSTANCE' || isInInstance(nodes, parent.id))
    throw invalid(use, 'Cannot move node. New parent is an instance or is inside of an instance');
  if (isInInstance(nodes, child)) throw invalid(use, 'Cannot move node. It is inside of an instance');
  if (isInside(nodes, parent.id, child)) throw invalid(use, 'A node cannot be moved into itself');
  if ((parent.type === 'DOCUMENT') !== (moving.type === 'PAGE'))
    throw invalid(use, `Cannot move a ${moving.type} into a ${parent.type}`);
  if (parent.type === 'PAGE') childrenOf(session, parent, use);
  if (!(index >= 0 && index <= parent.children.length)) throw invalid(use, `Index ${index} is out of bounds`);
  const before = moving.parent;
  const own = parent.children.indexOf(child);
  attach(nodes, child, parent.id, own >= 0 && own < index ? index - 1 : index);
  if (before && before !== parent.id) tidy(nodes, before);
  settle(nodes, parent.id);
}

function remove(session: Session, node: NodeData): void {
  const { model } = session;
  if (node.type === 'DOCUMENT') throw invalid('remove', 'The document cannot be removed');
  if (node.type === 'PAGE' && node.id === model.page) throw invalid('remove', 'The current page cannot be removed');
  if (isInInstance(model.nodes, node.id)) throw invalid('remove', 'Removing this node is not allowed');
  model.remove(node.id);
}

function setPluginData(session: Session, { node, key, value }: { node: NodeData; key: string; value: string }): void {
  if (typeof key !== 'string' || typeof value !== 'string') throw invalid('setPluginData', 'Expected string');
  if (isLonger(key + value, limits.pluginData))
    throw invalid('setPluginData', `Cannot store more than 100 kB in the entry "${key}"`);
  const others = Object.fromEntries(Object.entries(node.pluginData).filter(([other]) => other !== key));
  session.model.nodes.change(node.id, { pluginData: value === '' ? others : { ...others, [key]: value } });
}

function setRelaunchData(session: Session, node: NodeData, data: Readonly<Record<string, string>>): void {
  for (const [command, description] of Object.entries(data)) {
    if (description.length > limits.relaunchDescription)
      throw invalid('setRelaunchData', `Description of "${command}" exceeds 1000 characters`);
    if (session.relaunchButtons && !session.relaunchButtons.includes(command))
      refuse(session, `in setRelaunchData: "${command}" is no relaunch button of the manifest`);
  }
  session.model.nodes.change(node.id, { relaunch: { ...data } });
}

type Resizing = { node: NodeData; width: number; height: number; use: 'resize' | 'resizeWithoutConstraints' };

function resize(session: Session, { node, width, height, use }: Resizing): void {
  const { nodes } = session.model;
  const tooSmall = (side: number) => !(side >= limits.smallestSide);
  if (node.type === 'LINE' && height !== 0) throw invalid(use, 'The height of a line must be exactly 0');
  if (tooSmall(width)) throw invalid(use, 'Property "width" failed validation: Value must be >= 0.01');
  if (tooSmall(height) && node.type !== 'LINE')
    throw invalid(use, 'Property "height" failed validation: Value must be >= 0.01');
  if (node.type === 'TEXT') nodes.setProperties(node.id, { textAutoResize: 'NONE' });
  if (isAutoLayout(node)) fixChangedAxes(session, node, { width, height });
  setSize(nodes, node.id, { width, height }, use === 'resize');
  settle(nodes, node.id);
}

/** A frame that hugged along an axis stays as long as it is told to be. */
function fixChangedAxes(
  { model }: Session,
  node: NodeData,
  { width, height }: { width: number; height: number },
): void {
  const row = node.properties.layoutMode === 'HORIZONTAL';
  const [along, across] = row
    ? [width !== node.width, height !== node.height]
    : [height !== node.height, width !== node.width];
  if (along) model.nodes.setProperties(node.id, { primaryAxisSizingMode: 'FIXED' });
  if (across) model.nodes.setProperties(node.id, { counterAxisSizingMode: 'FIXED' });
}
