// What a device keeps of one person: non-extractable keys, ciphertext, the highest counters seen,
// and the pages deleted here. Database names reveal nothing. lib/vault/leftovers.ts clears these
// stores when a person leaves: change it together with this file.

import { b64u, utf8, type Bytes } from './bytes';
import { Database, done } from './db';
import { SealError } from './error';
import { hash, LABEL } from './keys';

/** The object stores: keys and what opens them; drafts by document; counters by name. */
const KEYS = 'keys';
const DRAFTS = 'drafts';
const SEEN = 'seen';

/** One sealed draft. `base` is the server version it was written on, `hc` that version's hash. */
export interface Draft {
  ws: string;
  file: Bytes;
  base: number;
  hc: Bytes | null;
  at: number;
}

/** What lets a device unlock again without the key card. */
export interface Device {
  secret: CryptoKey;
  salt: Bytes;
  kdf: string;
  wrap: Bytes;
  epoch: number;
  bundle: Bytes;
}

/** What lets a killed tab resume, together with the server's half and the page's mask. */
export interface Resume {
  key: CryptoKey;
  blob: Bytes;
}

/** State of a deletion, in the `seen` store: the server has not done it yet (Waits); the server
 * has, but the vault still lists the page (Listed); finished (Done). Done entries are kept, so that
 * no other tab brings the page back. */
export const enum Gone {
  Done,
  Waits,
  Listed,
}

const gone = (ws: string) => 'gone:' + ws;

/** The page of a draft: the note to oneself is deleted together with its page. Behind a ~ is the tab
 * that wrote the draft (sheet/tabdrafts.ts). */
const pageOf = (draft: string) => draft.replace(/^mine:|~.*/g, '');

export class Store {
  private constructor(private readonly db: Database) {}

  static nameOf(acct: Uint8Array): string {
    return 'p' + b64u(hash(utf8(LABEL + 'store\0'), acct)).slice(0, 16);
  }

  static async open(acct: Uint8Array): Promise<Store> {
    const db = new Database(Store.nameOf(acct), (d) => {
      d.createObjectStore(KEYS);
      d.createObjectStore(DRAFTS, { keyPath: 'ws' });
      d.createObjectStore(SEEN);
    });
    await db.begin();
    return new Store(db);
  }

  get name(): string {
    return this.db.name;
  }

  close(): void {
    this.db.close();
  }

  #read<T>(name: string, key: string): Promise<T | undefined> {
    return this.db.use([name], 'readonly', (part) => done(part(name).get(key) as IDBRequest<T | undefined>));
  }

  async #put(name: string, value: unknown, key?: string): Promise<void> {
    await this.db.use([name], 'readwrite', (part) => void part(name).put(value, key));
  }

  async #delete(name: string, key: string): Promise<void> {
    await this.db.use([name], 'readwrite', (part) => void part(name).delete(key));
  }

  device = (): Promise<Device | undefined> => this.#read(KEYS, 'device');
  keepDevice = (d: Device): Promise<void> => this.#put(KEYS, d, 'device');
  keepResume = (records: Resume[]): Promise<void> => this.#put(KEYS, records, 'resume');

  /** The resume records, newest first. */
  async resume(): Promise<Resume[]> {
    const kept = await this.#read<unknown>(KEYS, 'resume');
    return Array.isArray(kept) ? (kept as Resume[]) : [];
  }

  dropResume = (): Promise<void> => this.#delete(KEYS, 'resume');

  /** Marks this sign-in as on a shared device or not; clearStores reads the mark when the person
   * leaves. */
  markShared(shared: boolean): Promise<void> {
    return shared ? this.#put(KEYS, true, 'shared') : this.#delete(KEYS, 'shared');
  }

  /** Deletes all keys, for a shared device, and keeps the 'shared' mark. */
  async forgetKeys(): Promise<void> {
    await this.db.use([KEYS], 'readwrite', (part) => {
      part(KEYS).clear();
      part(KEYS).put(true, 'shared');
    });
  }

  drafts(): Promise<Draft[]> {
    return this.db.use([DRAFTS], 'readonly', (part) => done(part(DRAFTS).getAll() as IDBRequest<Draft[]>));
  }

  dropDraft = (ws: string): Promise<void> => this.#delete(DRAFTS, ws);

  /** Stores a draft. E_GONE when its page was deleted on this device, in any tab. */
  async keepDraft(d: Draft): Promise<void> {
    const deleted = await this.db.use([SEEN, DRAFTS], 'readwrite', async (part) => {
      const state: unknown = await done(part(SEEN).get(gone(pageOf(d.ws))));
      if (state === undefined) part(DRAFTS).put(d);
      return state !== undefined;
    });
    if (deleted) throw new SealError('E_GONE');
  }

  // Deletions: recorded here first, then done at the server.

  /** Deletes a page and its drafts, of all tabs, from this device, and records that the server has to follow. */
  async forgetPage(ws: string): Promise<void> {
    await this.db.use([SEEN, DRAFTS], 'readwrite', (part) => {
      part(SEEN).put(Gone.Waits, gone(ws));
      for (const draft of [ws, 'mine:' + ws]) part(DRAFTS).delete(IDBKeyRange.bound(draft, draft + '~~'));
    });
  }

  /** Whether the database was created since the pages were unlocked: the one before was deleted. */
  async isNew(): Promise<boolean> {
    return (await this.db.use([KEYS], 'readonly', (part) => done(part(KEYS).count()))) === 0;
  }

  /** The server has deleted a page; `listed`: the vault still lists it. */
  noteGone = (ws: string, listed: boolean): Promise<void> => this.#put(SEEN, listed ? Gone.Listed : Gone.Done, gone(ws));

  /** Undoes a deletion that the server has not done yet. Also true when another tab already undid
   * it. */
  bringBack(ws: string): Promise<boolean> {
    return this.db.use([SEEN], 'readwrite', async (part) => {
      const state: unknown = await done(part(SEEN).get(gone(ws)));
      if (state === Gone.Waits) part(SEEN).delete(gone(ws));
      return state === Gone.Waits || state === undefined;
    });
  }

  /** Deletions that are not finished everywhere. */
  async deletions(): Promise<{ ws: string; waits: boolean }[]> {
    const range = IDBKeyRange.bound(gone(''), gone('\uffff'));
    const [keys, states] = await this.db.use([SEEN], 'readonly', (part) => Promise.all([done(part(SEEN).getAllKeys(range)), done(part(SEEN).getAll(range))]));
    return keys.flatMap((k, i) => (states[i] === Gone.Done ? [] : [{ ws: String(k).slice(gone('').length), waits: states[i] === Gone.Waits }]));
  }

  /** Raises the counter of a name to at least n and returns it. */
  raise(name: string, n: number): Promise<number> {
    return this.db.use([SEEN], 'readwrite', async (part) => {
      const high = Math.max((await done(part(SEEN).get(name) as IDBRequest<number | undefined>)) ?? 0, n);
      part(SEEN).put(high, name);
      return high;
    });
  }

  async highest(name: string): Promise<number> {
    return (await this.#read<number>(SEEN, name)) ?? 0;
  }
}
