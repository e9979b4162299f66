/** Undo and redo by remembering whole states. A step is open from its first change until somebody commits it. */
import { isSame } from './node-data.js';
import type { Snapshot } from './node-store.js';

export type State = { readonly nodes: Snapshot; readonly selection: ReadonlyMap<string, readonly string[]> };

const MOST_STEPS = 200;

export class History {
  #past: State[] = [];
  #future: State[] = [];
  #before: State | undefined;

  constructor(
    private readonly now: () => State,
    private readonly restore: (state: State) => void,
  ) {}

  /** Before each change. */
  touch(): void {
    this.#before ??= this.now();
  }

  /** Ends the open step, if there is one that changed anything. */
  commit(): void {
    const before = this.#before;
    this.#before = undefined;
    if (!before || isSameDocument(before.nodes, this.now().nodes)) return;
    this.#past = [...this.#past, before].slice(-MOST_STEPS);
    this.#future = [];
  }

  undo(): boolean {
    this.commit();
    return this.#go(this.#past, this.#future);
  }

  redo(): boolean {
    this.commit();
    return this.#go(this.#future, this.#past);
  }

  canUndo(): boolean {
    return this.#past.length > 0 || this.#before !== undefined;
  }

  canRedo(): boolean {
    return this.#future.length > 0 && this.#before === undefined;
  }

  /** Forgets that a step was begun, where the change was not one to take back. */
  clearOpen(): void {
    this.#before = undefined;
  }

  clear(): void {
    [this.#past, this.#future, this.#before] = [[], [], undefined];
  }

  #go(from: State[], to: State[]): boolean {
    const state = from.pop();
    if (!state) return false;
    to.push(this.now());
    this.restore(state);
    return true;
  }
}

function isSameDocument(one: Snapshot, other: Snapshot): boolean {
  if (one.size !== other.size) return false;
  for (const [id, node] of one) if (!isSame(node, other.get(id))) return false;
  return true;
}
