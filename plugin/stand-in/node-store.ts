/** All nodes of a document by id. Every change replaces a node's data, so an earlier state is a copy of the map. */
import { identity } from '../affine.js';
import type { NodeKind } from './contract.js';
import { starts } from './defaults.js';
import { deepFreeze, isSame, type NodeData, type NodeProperties } from './node-data.js';

export type Snapshot = ReadonlyMap<string, NodeData>;

export const ROOT = '0:0';
export const FIRST_PAGE = '0:1';

export class NodeStore {
  #nodes = new Map<string, NodeData>();
  #next = 2;

  /** @param onChange called before each change */
  constructor(private readonly onChange: () => void) {
    this.#add({ id: ROOT, type: 'DOCUMENT', parent: null, children: [FIRST_PAGE] });
    this.#add({ id: FIRST_PAGE, type: 'PAGE', parent: ROOT });
  }

  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  find(id: string): NodeData | undefined {
    return this.#nodes.get(id);
  }

  /** @throws where there is none */
  get(id: string): NodeData {
    const node = this.#nodes.get(id);
    if (!node) throw new Error(`There is no node "${id}".`);
    return node;
  }

  /** A node of its kind's start, in no parent's list yet. */
  create(type: NodeKind, start: Partial<Omit<NodeData, 'type' | 'children'>> = {}): NodeData {
    this.onChange();
    const id = start.id ?? `1:${this.#next++}`;
    return this.#add({ ...start, id, type, parent: null });
  }

  change(id: string, change: Partial<Omit<NodeData, 'id' | 'type'>>): void {
    const node = this.get(id);
    if (isSame({ ...node, ...change }, node)) return;
    this.onChange();
    this.#nodes.set(id, deepFreeze({ ...node, ...change }));
  }

  setProperties(id: string, properties: Partial<NodeProperties>): void {
    this.change(id, { properties: { ...this.get(id).properties, ...properties } });
  }

  /** Of one node; its parent's list and its children are the caller's. */
  delete(id: string): void {
    this.onChange();
    this.#nodes.delete(id);
  }

  snapshot(): Snapshot {
    return new Map(this.#nodes);
  }

  restore(snapshot: Snapshot): void {
    this.#nodes = new Map(snapshot);
  }

  /** Of a saved document; new ids go on after the highest there is. */
  load(nodes: readonly NodeData[]): void {
    this.#nodes = new Map(nodes.map((node) => [node.id, deepFreeze(node)]));
    const numbers = nodes.map(({ id }) => Number(id.split(';')[0]?.split(':')[1] ?? 0));
    this.#next = Math.max(1, ...numbers) + 1;
  }

  #add(given: Partial<NodeData> & Pick<NodeData, 'id' | 'type' | 'parent'>): NodeData {
    const { name, width, height, properties } = starts[given.type];
    const node: NodeData = deepFreeze({
      name,
      width,
      height,
      properties,
      children: [],
      visible: true,
      locked: false,
      transform: identity,
      pluginData: {},
      relaunch: {},
      ...given,
    });
    this.#nodes.set(node.id, node);
    return node;
  }
}
