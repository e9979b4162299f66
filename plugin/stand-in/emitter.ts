/** Listeners by name, as `figma.on`, `once` and `off` keep them. What they are called with is checked where it is sent. */

export class Emitter<Events extends { [name: string]: unknown[] }> {
  /** @param onError hears what a listener throws or rejects with; the others are called all the same */
  constructor(private readonly onError: (error: unknown) => void) {}

  readonly #listeners = new Map<keyof Events, { callback: (...values: never[]) => unknown; once: boolean }[]>();

  on(name: keyof Events, callback: (...values: never[]) => unknown, once = false): void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), { callback, once }]);
  }

  off(name: keyof Events, callback: (...values: never[]) => unknown): void {
    this.#listeners.set(
      name,
      (this.#listeners.get(name) ?? []).filter((listener) => listener.callback !== callback),
    );
  }

  has(name: keyof Events): boolean {
    return (this.#listeners.get(name) ?? []).length > 0;
  }

  emit<Name extends keyof Events>(name: Name, ...values: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      if (listener.once)
        this.#listeners.set(
          name,
          (this.#listeners.get(name) ?? []).filter((other) => other !== listener),
        );
      guard(() => Reflect.apply(listener.callback, undefined, values) as unknown, this.onError);
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/** Calls a plugin's own function, from which nothing may reach the caller. */
export function guard(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    const result = call();
    // of whatever realm the plugin runs in
    if (typeof result === 'object' && result !== null && 'then' in result) Promise.resolve(result).catch(onError);
  } catch (error) {
    onError(error);
  }
}
