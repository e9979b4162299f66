/**
 * The objects by which a plugin holds nodes. They answer for what Figma's nodes have and the stand-in knows, throw for a
 * node that is gone, and refuse loudly what the stand-in doesn't know.
 */
import { invalid, removedNode } from './limits.js';
import type { NodeData, NodeProperties } from './node-data.js';
import { makeMethods, type NodeMethods } from './node-methods.js';
import { makeProperties, type Property, type WorkedProperties } from './node-properties.js';
import { has } from './node-surface.js';
import { isSetAtOnce } from './paints.js';
import { refuse, type Session } from './session.js';
import { isStored, setStored } from './stored-properties.js';

/** Readable even on a node that is gone. */
const lasting = ['id', 'type', 'removed', 'toString'];
/** Asked by the language itself of any object. */
const ofLanguage = ['then', 'toJSON', 'constructor', 'valueOf'];

/** No plain object, so that a node in a message is refused as what can't be copied. */
class FigmaNode {}

export class NodeHandles {
  readonly mixed: PluginAPI['mixed'];
  readonly #handles = new Map<string, object>();
  readonly #ids = new WeakMap<object, string>();
  #properties: WorkedProperties | undefined;
  #methods: NodeMethods | undefined;
  /** The last data of nodes that are gone. */
  readonly #last = new Map<string, NodeData>();

  constructor(private readonly session: () => Session) {
    this.mixed = asMixed(Symbol('figma.mixed'));
  }

  /** One object a node, so that they compare. */
  give<Node extends BaseNode & ChildrenMixin>(id: string): Node;
  give<Node extends BaseNode>(id: string): Node;
  give(id: string): object {
    const handle = this.#handles.get(id) ?? this.#make(id);
    this.#handles.set(id, handle);
    return handle;
  }

  /** @throws where it is no node, or one that is gone */
  idOf(node: unknown, use: string): string {
    const id = typeof node === 'object' && node !== null ? this.#ids.get(node) : undefined;
    if (id === undefined) throw invalid(use, `Expected node, received ${typeof node}`);
    if (!this.session().model.nodes.has(id)) throw removedNode(id, use);
    return id;
  }

  /** Of Figma's formats, pictures alone are here; `exportNode` refuses the others. */
  asExport(run: (settings?: ExportSettingsImage) => Promise<Uint8Array>): FrameNode['exportAsync'] {
    return run as FrameNode['exportAsync'];
  }

  #make(id: string): object {
    this.#remember(id);
    const handle = new Proxy(new FigmaNode(), {
      get: (_, key) => this.#read(id, key),
      set: (_, key, value: unknown) => this.#write(id, key, value),
      has: (_, key) => typeof key === 'string' && this.#knows(key) && has(this.#data(id).type, key),
      ownKeys: () => ['id'],
      getOwnPropertyDescriptor: (_, key) =>
        key === 'id' ? { value: id, enumerable: true, configurable: true } : undefined,
      deleteProperty: () => false,
      defineProperty: () => false,
    });
    this.#ids.set(handle, id);
    return handle;
  }

  #read(id: string, key: string | symbol): unknown {
    if (typeof key === 'symbol') return undefined;
    if (key === 'toJSON') return () => ({ id });
    if (!this.#knows(key)) {
      if (ofLanguage.includes(key)) return undefined;
      return refuse(this.session(), `node.${key} is not part of the stand-in`);
    }
    const isMethod = Object.hasOwn(this.#tables().methods, key);
    const node = this.#alive(id, key, isMethod ? key : `get_${key}`);
    // as Figma has it: a node simply has no property of another kind's
    if (!has(node.type, key)) return undefined;
    const { properties, methods } = this.#tables();
    if (isMethod) return bound(methods, key, () => this.#alive(id, key, key));
    return isStored(key) ? node.properties[key] : worked(properties, key).get(node);
  }

  #write(id: string, key: string | symbol, value: unknown): boolean {
    const name = String(key);
    if (!this.#knows(name)) return refuse(this.session(), `node.${name} is not part of the stand-in`);
    const node = this.#alive(id, name, `set_${name}`);
    if (!has(node.type, name)) throw new Error(`Cannot add property ${name}, object is not extensible`);
    if (isStored(name)) {
      this.#checkFont(node, name);
      if ((name === 'fills' || name === 'strokes') && !isSetAtOnce(value))
        throw invalid(`set_${name}`, `Pattern ${name} must be set with set${capital(name)}Async`);
      setStored(this.session().model.nodes, { node, key: name, value: trusted(value) });
      return true;
    }
    const set = Object.hasOwn(this.#tables().methods, name) ? undefined : worked(this.#tables().properties, name).set;
    if (!set) throw new Error(`in set_${name}: Cannot set property ${name}, it is read-only`);
    set(value, node);
    return true;
  }

  #checkFont({ properties: { fontName } }: NodeData, key: string): void {
    const needsFont = key === 'characters' || key === 'fontSize' || key === 'textAutoResize';
    if (!needsFont || !fontName) return;
    const { family, style } = fontName;
    if (!this.session().loadedFonts.has(`${family} ${style}`))
      throw invalid(
        `set_${key}`,
        `Cannot write to node with unloaded font "${family} ${style}". Please call figma.loadFontAsync({ family: "${family}", style: "${style}" }) and await the returned promise first.`,
      );
  }

  #alive(id: string, key: string, use: string): NodeData {
    const session = this.session();
    if (session.state === 'closed') throw invalid(use, 'The plugin has been closed');
    const node = session.model.nodes.find(id);
    if (node) return this.#remember(id) ?? node;
    if (lasting.includes(key)) return this.#data(id);
    throw removedNode(id, use);
  }

  #remember(id: string): NodeData | undefined {
    const node = this.session().model.nodes.find(id);
    if (node) this.#last.set(id, node);
    return node;
  }

  #data(id: string): NodeData {
    const node = this.session().model.nodes.find(id) ?? this.#last.get(id);
    if (!node) throw removedNode(id, 'get_type');
    return node;
  }

  #knows(key: string): boolean {
    const { properties, methods } = this.#tables();
    return isStored(key) || Object.hasOwn(properties, key) || Object.hasOwn(methods, key);
  }

  #tables(): { properties: WorkedProperties; methods: NodeMethods } {
    this.#properties ??= makeProperties(this.session());
    this.#methods ??= makeMethods(this.session());
    return { properties: this.#properties, methods: this.#methods };
  }
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** The value that a plugin sets is checked by the property's own rule, and untyped until then. */
function trusted(value: unknown): NodeProperties[keyof NodeProperties] & never {
  return value as never;
}

function worked(properties: WorkedProperties, key: string): Property<unknown> {
  return Reflect.get(properties, key) as Property<unknown>;
}

/** A method that finds the node anew at each call. */
function bound(methods: NodeMethods, key: string, node: () => NodeData): (...values: unknown[]) => unknown {
  const method = Reflect.get(methods, key) as (node: NodeData) => (...values: unknown[]) => unknown;
  return (...values) => method(node())(...values);
}

function asMixed(symbol: symbol): PluginAPI['mixed'] {
  return symbol as PluginAPI['mixed'];
}
