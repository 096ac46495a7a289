// What a device keeps of one person: keys that cannot be taken out, ciphertext, and the
// highest counters seen. Names of databases reveal nothing.

import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { b64u, type Bytes } from './bytes';
import { hash, LABEL } from './keys';
import { utf8 } from './bytes';

interface Local extends DBSchema {
  keys: { key: string; value: unknown };
  drafts: { key: string; value: Draft };
  seen: { key: string; value: number };
}

/** One sealed draft. `base` is the server version it was written on, `hc` that version's hash. */
export interface Draft {
  ws: string;
  file: Bytes;
  base: number;
  hc: Bytes | null;
  at: number;
}

/** What lets a device open the pages again without the key card. */
export interface Device {
  secret: CryptoKey;
  salt: Bytes;
  kdf: string;
  wrap: Bytes;
  epoch: number;
  bundle: Bytes;
}

/** What lets a killed tab come back while the server still has its half. */
export interface Resume {
  key: CryptoKey;
  blob: Bytes;
}

export class Store {
  private constructor(private readonly db: IDBPDatabase<Local>) {}

  static async open(acct: Uint8Array): Promise<Store> {
    const name = 'p' + b64u(hash(utf8(LABEL + 'store\0'), acct)).slice(0, 16);
    const db = await openDB<Local>(name, 1, {
      upgrade(d) {
        d.createObjectStore('keys');
        d.createObjectStore('drafts', { keyPath: 'ws' });
        d.createObjectStore('seen');
      },
    });
    return new Store(db);
  }

  close(): void {
    this.db.close();
  }

  async device(): Promise<Device | undefined> {
    return (await this.db.get('keys', 'device')) as Device | undefined;
  }

  async keepDevice(d: Device): Promise<void> {
    await this.db.put('keys', d, 'device');
  }

  async resume(): Promise<Resume | undefined> {
    return (await this.db.get('keys', 'resume')) as Resume | undefined;
  }

  async keepResume(r: Resume): Promise<void> {
    await this.db.put('keys', r, 'resume');
  }

  async dropResume(): Promise<void> {
    await this.db.delete('keys', 'resume');
  }

  /** On a shared device nothing but unsent drafts may stay. */
  async forgetKeys(): Promise<void> {
    await this.db.clear('keys');
  }

  async drafts(): Promise<Draft[]> {
    return this.db.getAll('drafts');
  }

  async draft(ws: string): Promise<Draft | undefined> {
    return this.db.get('drafts', ws);
  }

  async keepDraft(d: Draft): Promise<void> {
    await this.db.put('drafts', d);
  }

  async dropDraft(ws: string): Promise<void> {
    await this.db.delete('drafts', ws);
  }

  /** Raises the highest counter seen under a name and gives it. */
  async raise(name: string, n: number): Promise<number> {
    const tx = this.db.transaction('seen', 'readwrite');
    const high = Math.max((await tx.store.get(name)) ?? 0, n);
    await tx.store.put(high, name);
    await tx.done;
    return high;
  }

  async highest(name: string): Promise<number> {
    return (await this.db.get('seen', name)) ?? 0;
  }
}
