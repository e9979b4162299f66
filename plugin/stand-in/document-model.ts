/** The document and what surrounds it: pictures, selection, viewport, undo; and who hears of changes. */
import type { Viewport } from './contract.js';
import { History } from './history.js';
import type { StandInEvent } from './host.js';
import { ImageStore } from './image-store.js';
import { settle } from './layout.js';
import { isSame } from './node-data.js';
import { FIRST_PAGE, NodeStore, ROOT, type Snapshot } from './node-store.js';
import { isInside, pageOf, removeNode } from './tree.js';

export type Changes = { before: Snapshot; after: Snapshot };

export class DocumentModel {
  readonly images = new ImageStore();
  readonly nodes = new NodeStore(() => this.#beforeChange());
  readonly history = new History(
    () => ({ nodes: this.nodes.snapshot(), selection: new Map(this.#selections) }),
    (state) => {
      this.#beforeChange();
      this.nodes.restore(state.nodes);
      this.#selections = new Map(state.selection);
      this.#tell('selection');
      this.history.clearOpen();
    },
  );
  viewport: Readonly<Viewport> = { x: 0, y: 0, zoom: 1, width: 1200, height: 800 };
  /** Grows with each change of a node. */
  revision = 0;
  #page = FIRST_PAGE;
  #selections = new Map<string, readonly string[]>();
  #pending = new Set<StandInEvent['type']>();
  /** The nodes as whoever listens last heard of them. */
  #told: Snapshot = this.nodes.snapshot();
  readonly #listeners = new Set<(event: StandInEvent) => void>();
  readonly #changeListeners = new Set<(changes: Changes) => void>();

  get page(): string {
    return this.nodes.has(this.#page) ? this.#page : (this.nodes.get(ROOT).children[0] ?? FIRST_PAGE);
  }

  setPage(id: string): void {
    if (id === this.page) return;
    this.#page = id;
    this.#tell('page');
    this.#tell('selection');
  }

  selection(page: string): readonly string[] {
    return (this.#selections.get(page) ?? []).filter((id) => this.nodes.has(id) && pageOf(this.nodes, id) === page);
  }

  /** Each once, and none that lies within another of them. */
  select(page: string, ids: readonly string[]): void {
    const once = [...new Set(ids)].filter((id) => this.nodes.has(id));
    const outermost = once.filter((id) => !once.some((other) => other !== id && isInside(this.nodes, id, other)));
    if (isSame(outermost, this.selection(page))) return;
    this.#selections.set(page, outermost);
    if (page === this.page) this.#tell('selection');
  }

  setViewport(viewport: Partial<Viewport>): void {
    this.viewport = { ...this.viewport, ...viewport };
    this.#tell('viewport');
  }

  /** Removes a node; what lies above it closes the gap. */
  remove(id: string): void {
    const left = removeNode(this.nodes, id);
    if (left) settle(this.nodes, left);
  }

  /** Everything anew, for a loaded document. */
  reset(state: { page: string; selections: ReadonlyMap<string, readonly string[]> }): void {
    this.#page = state.page;
    this.#selections = new Map(state.selections);
    this.history.clear();
    for (const type of ['document', 'page', 'selection', 'viewport'] as const) this.#tell(type);
  }

  selections(): ReadonlyMap<string, readonly string[]> {
    return new Map(this.nodes.get(ROOT).children.map((page) => [page, this.selection(page)]));
  }

  listen(listener: (event: StandInEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  listenToChanges(listener: (changes: Changes) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  #beforeChange(): void {
    this.revision += 1;
    this.history.touch();
    this.#tell('document');
  }

  /** Once for all that happens in one go. */
  #tell(type: StandInEvent['type']): void {
    if (this.#pending.size === 0) void Promise.resolve().then(() => this.#flush());
    this.#pending.add(type);
  }

  #flush(): void {
    const types = [...this.#pending];
    this.#pending.clear();
    const selected = this.#selections.get(this.page) ?? [];
    const left = this.selection(this.page);
    if (left.length !== selected.length) {
      this.#selections.set(this.page, left);
      if (!types.includes('selection')) types.push('selection');
    }
    if (types.includes('document')) {
      const changes = { before: this.#told, after: this.nodes.snapshot() };
      this.#told = changes.after;
      for (const listener of this.#changeListeners) listener(changes);
    }
    for (const type of types) for (const listener of this.#listeners) listener({ type });
  }
}
