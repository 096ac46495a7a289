// One tab of a browser, for tests: storage and events of its own, and the crypto worker in this thread.

import { vi } from 'vitest';
import type { Person } from '../vault/people.testing';

/** In-memory storage in place of the browser's. */
function storage(): Record<string, unknown> {
  const methods = {
    getItem: (k: string) => (held[k] as string | undefined) ?? null,
    setItem: (k: string, v: string) => void (held[k] = v),
    removeItem: (k: string) => void Reflect.deleteProperty(held, k),
  };
  const held: Record<string, unknown> = Object.create(methods) as Record<string, unknown>;
  return held;
}

/** The crypto worker, run in this thread. */
export function workerOf(keeper: Person['keeper']) {
  return class {
    onmessage: ((e: { data: unknown }) => void) | null = null;
    postMessage({ id, verb, args }: { id: number; verb: string; args: unknown[] }): void {
      const verbs = keeper as unknown as Record<string, (...a: unknown[]) => unknown>;
      void Promise.resolve()
        .then(() => verbs[verb]?.apply(keeper, args))
        .then(
          (value) => this.onmessage?.({ data: { id, value } }),
          (e: { code: string }) => this.onmessage?.({ data: { id, error: e.code } }),
        );
    }
    terminate(): void {
      this.onmessage = null;
    }
  };
}

/** Makes this thread a tab; its document counts reloads with `reload`. */
export function aTab(reload: () => void): void {
  const page = new EventTarget();
  for (const [name, of] of Object.entries({
    localStorage: storage(),
    sessionStorage: storage(),
    location: { origin: 'http://localhost', reload },
    document: { documentElement: { hidden: false } },
  }))
    vi.stubGlobal(name, of);
  for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'] as const) vi.stubGlobal(name, page[name].bind(page));
  vi.stubGlobal('window', globalThis);
}
