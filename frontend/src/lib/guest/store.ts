// The words of one guest on one device: a small database with a non-extractable key and pages
// sealed with it. Invariants: no network code here; deleting the database deletes the key, so that
// no copy of the sealed bytes can be opened again.

import { Database, done } from '../vault/db';
import { kept } from './kept';

interface SealedPage {
  ws: string;
  iv: Uint8Array<ArrayBuffer>;
  box: ArrayBuffer;
}

/** A page as written: its id and its body, encoded like a worksheet's. `mark` differs after every
 * write. */
export interface DevicePage {
  ws: string;
  body: string;
  mark: string;
}

const utf8 = new TextEncoder();
const KEY = 'key';
const markOf = (iv: Uint8Array): string => Array.from(iv, (b) => b.toString(16).padStart(2, '0')).join('');

/** A database name that reveals nothing, derived from an id. */
export async function nameless(kind: string, id: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(`${kind}\0${id}`)));
  return 'g' + Array.from(hash.slice(0, 8), (b) => b.toString(16).padStart(2, '0')).join('');
}

export const storeOf = (person: string): Promise<string> => nameless('guest', person);

export class GuestStore {
  private constructor(private readonly db: Database) {}

  get name(): string {
    return this.db.name;
  }

  /** Opens the store, and reopens it when the browser closed it; but never re-creates it after it
   * was wiped in any tab, because then it is no longer listed. */
  static async open(name: string): Promise<GuestStore> {
    const db = new Database(
      name,
      (d) => {
        d.createObjectStore('keys');
        d.createObjectStore('pages', { keyPath: 'ws' });
      },
      () => kept().some((k) => k.store === name),
    );
    const store = new GuestStore(db);
    await store.#key();
    return store;
  }

  /** The key, created once: when two tabs start together, the first one's is used. */
  async #key(): Promise<CryptoKey> {
    const found = await this.db.use(['keys'], 'readonly', (part) => done(part('keys').get(KEY) as IDBRequest<CryptoKey | undefined>));
    if (found) return found;
    const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    return this.db.use(['keys'], 'readwrite', async (part) => {
      const first = await done(part('keys').get(KEY) as IDBRequest<CryptoKey | undefined>);
      if (!first) part('keys').put(fresh, KEY);
      return first ?? fresh;
    });
  }

  /** Stores a page over the write with this mark, or over none, and returns the new mark. Null when
   * another tab wrote it meanwhile: then nothing is stored, and its words stay. */
  async put(ws: string, body: string, over: string): Promise<string | null> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8.encode(ws) }, await this.#key(), utf8.encode(body));
    const mark = markOf(iv);
    return this.db.use(['pages'], 'readwrite', async (part) => {
      const there = await done(part('pages').get(ws) as IDBRequest<SealedPage | undefined>);
      // The same write again, after its connection was lost.
      if (there && ![over, mark].includes(markOf(there.iv))) return null;
      part('pages').put({ ws, iv, box });
      return mark;
    });
  }

  /** Every page, in order of creation. */
  async pages(): Promise<DevicePage[]> {
    const key = await this.#key();
    const all = await this.db.use(['pages'], 'readonly', (part) => done(part('pages').getAll() as IDBRequest<SealedPage[]>));
    const out: DevicePage[] = [];
    for (const { ws, iv, box } of all) {
      const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: utf8.encode(ws) }, key, box);
      out.push({ ws, body: new TextDecoder().decode(plain), mark: markOf(iv) });
    }
    return out;
  }

  async drop(ws: string): Promise<void> {
    await this.db.use(['pages'], 'readwrite', (part) => void part('pages').delete(ws));
  }

  close(): void {
    this.db.close();
  }
}

export const wipe = async (name: string): Promise<void> => void (await done(indexedDB.deleteDatabase(name)));
