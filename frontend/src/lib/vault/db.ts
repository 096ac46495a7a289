// An IndexedDB database that survives losing its connection: the browser closes connections when
// storage is short, and another tab may delete or upgrade the database. A closed connection is
// reopened and the transaction retried, so callers must pass idempotent operations.

import { lost } from './lost';

/** Delay before each attempt, in ms: a browser that closed a connection needs a moment. */
const WAITS = [0, 50, 400];

/** Resolves with the result of an IndexedDB request. */
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

  /** `may` is asked before the database is opened: a tab that still writes must not re-create a
   * database that was deleted on purpose. */
  constructor(
    readonly name: string,
    private readonly create: (db: IDBDatabase) => void,
    private readonly may: () => boolean = () => true,
  ) {}

  /** Runs `what` in one transaction and waits for the commit; retries with a new connection when
   * the old one was closed. `what` may await only requests of the transaction. */
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

  /** Opens the connection if it is not open. */
  async begin(): Promise<void> {
    await (this.#db ??= this.#open());
  }

  /** Closes the connection for good. */
  close(): void {
    this.#ended = true;
    void this.#db?.then((db) => db.close()).catch(() => undefined);
  }

  async #open(): Promise<IDBDatabase> {
    if (!this.may()) throw new DOMException('The store was destroyed.', 'NotFoundError');
    // Without a version number a database that a newer build upgraded opens too.
    const asked = indexedDB.open(this.name);
    asked.onupgradeneeded = () => this.create(asked.result);
    const db = await done(asked);
    const gone = () => {
      db.close();
      this.#db = null;
      lost();
    };
    // Another tab deletes or upgrades the database: close this connection so as not to block it;
    // the next use opens a new one. Words on the screen are stored again: they may be deleted.
    db.onversionchange = gone;
    db.onclose = gone;
    return db;
  }

  #forget(handle: Promise<IDBDatabase>): void {
    if (this.#db === handle) this.#db = null;
    void handle.then((db) => db.close()).catch(() => undefined);
  }
}
