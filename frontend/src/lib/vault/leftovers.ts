// What a device keeps for coming back into open pages, and how it goes when a person leaves. The
// page's mask went before (signin/leaving.ts), so that the record in the store opens for nobody;
// here it is deleted. This runs beside the crypto worker, which may be gone or never have been
// there.

import { done, kept } from './db';

/** The names of a person's stores: see Store.nameOf. */
const OURS = /^p[\w-]{16}$/;

/** Clears every person's store on this device: the way back goes; and after `leaving`, when nobody
 * is signed in any more, everything of a shared device but what waits to be sent. */
export async function clearStores(leaving: boolean): Promise<void> {
  const all = await (indexedDB.databases as undefined | (() => Promise<IDBDatabaseInfo[]>))?.call(indexedDB);
  for (const { name } of all ?? []) if (name && OURS.test(name)) await clearStore(name, leaving).catch(() => undefined);
}

async function clearStore(name: string, leaving: boolean): Promise<void> {
  const db = await done(indexedDB.open(name));
  let empty = false;
  try {
    if (!db.objectStoreNames.contains('keys')) return;
    const tx = db.transaction(['keys', 'seen', 'drafts'], 'readwrite');
    const [keys, seen] = [tx.objectStore('keys'), tx.objectStore('seen')];
    keys.delete('resume');
    if (leaving && (await done(keys.get('shared')))) {
      keys.clear();
      for (const k of await done(seen.getAllKeys())) if (!waits(k, await done(seen.get(k)))) seen.delete(k);
      const drafts = await done(tx.objectStore('drafts').count());
      // Its mark goes with the store: what waits keeps both.
      empty = drafts + (await done(seen.count())) === 0;
      if (!empty) keys.put(true, 'shared');
    }
    await kept(tx);
  } finally {
    db.close();
  }
  if (empty) await done(indexedDB.deleteDatabase(name));
}

/** A deletion that the server has not done yet (Gone.Waits in the store). */
const waits = (key: IDBValidKey, state: unknown): boolean => String(key).startsWith('gone:') && state === 1;
