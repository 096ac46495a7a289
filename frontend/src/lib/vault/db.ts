// A database of this device whose handle may be closed under our hands: the browser ends
// connections when storage is short, another tab deletes or upgrades it. What must hold: a
// closed handle costs nothing but a new one. Callers ask for idempotent things only, because
// they are asked again.

/** Waits before each further try, in ms: a browser that ends a connection needs a moment. */
const WAITS = [0, 50, 400];

/** What a request of the browser's database ends with. */
export const done = <T>(r: IDBRequest<T>): Promise<T> =>
  new Promise((ok, fail) => {
    r.onsuccess = () => ok(r.result);
    r.onerror = () => fail(r.error ?? new DOMException('The store refused.', 'UnknownError'));
  });

export const kept = (tx: IDBTransaction): Promise<void> =>
  new Promise((ok, fail) => {
    tx.oncomplete = () => ok();
    tx.onabort = () => fail(tx.error ?? new DOMException('The store gave up.', 'AbortError'));
  });

/** The object stores of one transaction, by name. */
export type Part = (name: string) => IDBObjectStore;

export class Database {
  #db: Promise<IDBDatabase> | null = null;
  #ended = false;

  /** `may` is asked before it is opened: a database that was destroyed on purpose is not made
   * anew by a tab that still writes. */
  constructor(
    readonly name: string,
    private readonly create: (db: IDBDatabase) => void,
    private readonly may: () => boolean = () => true,
  ) {}

  /** Does one thing in one transaction, and waits until it is kept; when the handle was closed,
   * once more with a new one. In `what` only requests of the transaction may be awaited. */
  async use<T>(names: string[], mode: IDBTransactionMode, what: (part: Part) => T | Promise<T>): Promise<T> {
    for (let tried = 0; ; tried++) {
      if (this.#ended) throw new DOMException('The store was closed.', 'InvalidStateError');
      const handle = (this.#db ??= this.#open());
      try {
        const tx = (await handle).transaction(names, mode);
        const [out] = await Promise.all([what((name) => tx.objectStore(name)), kept(tx)]);
        return out;
      } catch (e) {
        this.#forget(handle);
        const wait = WAITS[tried];
        if (wait === undefined || !this.may()) throw e;
        await new Promise((go) => setTimeout(go, wait));
      }
    }
  }

  /** Makes sure that it is there. */
  async begin(): Promise<void> {
    await (this.#db ??= this.#open());
  }

  /** Lets go of it for good. */
  close(): void {
    this.#ended = true;
    void this.#db?.then((db) => db.close()).catch(() => undefined);
  }

  async #open(): Promise<IDBDatabase> {
    if (!this.may()) throw new DOMException('The store was destroyed.', 'NotFoundError');
    // No version is named: one that a newer build upgraded opens too, with what this one knows.
    const asked = indexedDB.open(this.name);
    asked.onupgradeneeded = () => this.create(asked.result);
    const db = await done(asked);
    const lost = () => {
      db.close();
      this.#db = null;
    };
    // Another tab deletes or upgrades it: this one lets go, and asks again when it has to.
    db.onversionchange = lost;
    db.onclose = lost;
    return db;
  }

  #forget(handle: Promise<IDBDatabase>): void {
    if (this.#db === handle) this.#db = null;
    void handle.then((db) => db.close()).catch(() => undefined);
  }
}
