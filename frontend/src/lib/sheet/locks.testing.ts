// For tests: the locks of a browser, shared by its tabs.

/** Exclusive locks, granted in the order of the requests. */
export class Locks {
  readonly #held = new Map<string, Promise<unknown>>();

  async request<T>(name: string, ...rest: [...options: [LockOptions?], what: (lock: object | null) => T]): Promise<T> {
    const what = rest.at(-1) as (lock: object | null) => T;
    const { ifAvailable = false, signal } = (rest.length > 1 ? rest[0] : {}) as LockOptions;
    while (this.#held.has(name)) {
      if (ifAvailable) return what(null);
      await Promise.race([this.#held.get(name), new Promise((_, fail) => signal?.addEventListener('abort', () => fail(new Error('late'))))]);
    }
    const run = Promise.resolve().then(() => what({}));
    this.#held.set(
      name,
      run.then(
        () => this.#held.delete(name),
        () => this.#held.delete(name),
      ),
    );
    return run;
  }
}
