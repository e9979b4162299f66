/** Holds the panel's state, changes it by its one reducer, and tells whoever listens. */
import { reduce } from './reduce.js';
import { firstState, type Action, type State } from './state.js';

export type Store = {
  state(): State;
  act(action: Action): void;
  /** @returns how to stop listening */
  onChange(listener: () => void): () => void;
};

export function createStore(first: State = firstState): Store {
  let state = first;
  const listeners = new Set<() => void>();
  return {
    state: () => state,
    act(action) {
      state = reduce(state, action);
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
