// The words of one guest on one device: a small database with a key that cannot be taken out of
// the browser, and pages sealed with it. What must hold: nothing here knows the network, and
// destroying the database destroys the key, so that no copy of the sealed bytes opens again.

import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb';

interface Local extends DBSchema {
  keys: { key: string; value: CryptoKey };
  pages: { key: string; value: SealedPage };
}

interface SealedPage {
  ws: string;
  iv: Uint8Array<ArrayBuffer>;
  box: ArrayBuffer;
}

/** A page as it was written: its id and its body, as a worksheet's. */
export interface DevicePage {
  ws: string;
  body: string;
}

const utf8 = new TextEncoder();
const KEY = 'key';

/** A name that tells nothing, from an id. */
export async function nameless(kind: string, id: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(`${kind}\0${id}`)));
  return 'g' + Array.from(hash.slice(0, 8), (b) => b.toString(16).padStart(2, '0')).join('');
}

export const storeOf = (person: string): Promise<string> => nameless('guest', person);

export class GuestStore {
  private constructor(
    private readonly db: IDBPDatabase<Local>,
    private readonly key: CryptoKey,
    readonly name: string,
  ) {}

  static async open(name: string): Promise<GuestStore> {
    const db = await openDB<Local>(name, 1, {
      upgrade(d) {
        d.createObjectStore('keys');
        d.createObjectStore('pages', { keyPath: 'ws' });
      },
      // Another tab destroys it: this one lets go.
      blocking: (_, __, e) => (e.target as IDBDatabase).close(),
    });
    return new GuestStore(db, await keyOf(db), name);
  }

  async put(ws: string, body: string): Promise<void> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8.encode(ws) }, this.key, utf8.encode(body));
    await this.db.put('pages', { ws, iv, box });
  }

  /** Every page, in the order in which they were begun. */
  async pages(): Promise<DevicePage[]> {
    const out: DevicePage[] = [];
    for (const { ws, iv, box } of await this.db.getAll('pages')) {
      const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: utf8.encode(ws) }, this.key, box);
      out.push({ ws, body: new TextDecoder().decode(plain) });
    }
    return out;
  }

  async drop(ws: string): Promise<void> {
    await this.db.delete('pages', ws);
  }

  close(): void {
    this.db.close();
  }
}

/** The key of a database, made once: of two tabs that begin together the first one's counts. */
async function keyOf(db: IDBPDatabase<Local>): Promise<CryptoKey> {
  const found = await db.get('keys', KEY);
  if (found) return found;
  const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const tx = db.transaction('keys', 'readwrite');
  const first = await tx.store.get(KEY);
  if (!first) await tx.store.put(fresh, KEY);
  await tx.done;
  return first ?? fresh;
}

export const wipe = (name: string): Promise<void> => deleteDB(name);
