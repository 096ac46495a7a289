// The page's proxy for the crypto worker: one promise per call. Ending it terminates the worker,
// and all keys with it.

import { SealError, type SealCode } from './error';
import type { Keeper } from './keeper';
import { lost } from './lost';

/** A keeper method as the page calls it: it always returns a promise and takes no progress
 * callback. */
type Ask<F> = F extends (...a: infer A) => infer R ? (...a: A extends [...infer B, (part: number) => void] ? B : A) => Promise<Awaited<R>> : never;

export type Vault = { [V in Exclude<keyof Keeper, symbol>]: Ask<Keeper[V]> } & {
  onProgress: ((part: number) => void) | null;
  /** Resolves when the worker has ended. */
  over: Promise<void>;
  end(): void;
};

export interface Port {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  terminate(): void;
}

interface Answer {
  /** Without an id it answers nothing: the store was lost. */
  id?: number;
  value?: unknown;
  error?: SealCode;
  progress?: number;
}

interface Waiting {
  done: (value: unknown) => void;
  fail: (e: SealError) => void;
}

/** Opens a vault over a worker. When it ends, every pending call fails with E_LOCKED. */
export function openVault(port: Port): Vault {
  const waiting = new Map<number, Waiting>();
  let next = 1;
  let ended = false;
  let tellOver = () => {};
  const failAll = (code: SealCode) => {
    for (const w of waiting.values()) w.fail(new SealError(code));
    waiting.clear();
  };
  const special = {
    onProgress: null as ((part: number) => void) | null,
    over: new Promise<void>((ok) => (tellOver = ok)),
    end() {
      ended = true;
      tellOver();
      port.terminate();
      failAll('E_LOCKED');
    },
  };
  port.onmessage = (event: MessageEvent) => {
    const a = event.data as Answer;
    if (a.id === undefined) return lost();
    if (a.progress !== undefined) {
      special.onProgress?.(a.progress);
      return;
    }
    const w = waiting.get(a.id);
    waiting.delete(a.id);
    if (a.error) w?.fail(new SealError(a.error));
    else w?.done(a.value);
  };
  port.onerror = () => failAll('E_BROKEN');
  const ask = (verb: string, args: unknown[]) =>
    new Promise<unknown>((done, fail) => {
      if (ended) {
        fail(new SealError('E_LOCKED'));
        return;
      }
      const id = next++;
      waiting.set(id, { done, fail });
      port.postMessage({ id, verb, args });
    });
  return new Proxy(special, {
    get(target, name) {
      if (name === 'then' || typeof name === 'symbol') return undefined;
      if (name in target) return target[name as keyof typeof target];
      return (...args: unknown[]) => ask(name, args);
    },
    set(target, name, value) {
      if (name !== 'onProgress') return false;
      target.onProgress = value as typeof target.onProgress;
      return true;
    },
  }) as unknown as Vault;
}
