// What a device keeps for resuming open pages, and how it is deleted when a person leaves. The
// page's mask was dropped before (signin/leaving.ts), so nobody can open the stored record; here
// the record is deleted. This runs outside the crypto worker, which may be gone or never have
// started.
//
// A shared device keeps words that the server does not have, so that none is lost: as ciphertext
// without a key, for seven days after the person left. They are deleted when the app is next started
// or left by anybody. A deletion that the server has not done stays as the page's random id: given
// up, it would bring the page back.

import { done, kept } from './db';

/** Matches the names of personal stores: see Store.nameOf. */
const OURS = /^p[\w-]{16}$/;
/** How long words that were not sent stay on a shared device. */
export const UNSENT_MS = 7 * 24 * 3600_000;

/** Clears all personal stores on this device: deletes the resume records; and with `leaving`, when
 * nobody is signed in any more, everything of a shared device except drafts and deletions that wait
 * for the server. */
export async function clearStores(leaving: boolean, now = Date.now()): Promise<void> {
  const all = await (indexedDB.databases as undefined | (() => Promise<IDBDatabaseInfo[]>))?.call(indexedDB);
  for (const { name } of all ?? []) if (name && OURS.test(name)) await clearStore(name, leaving, now).catch(() => undefined);
}

async function clearStore(name: string, leaving: boolean, now: number): Promise<void> {
  const db = await done(indexedDB.open(name));
  let empty = false;
  try {
    if (!db.objectStoreNames.contains('keys')) return;
    const tx = db.transaction(['keys', 'seen', 'drafts'], 'readwrite');
    const [keys, seen] = [tx.objectStore('keys'), tx.objectStore('seen')];
    keys.delete('resume');
    // True while the person was there; from the first time they left on, when that was. A time in
    // the future dates from before the clock was set back.
    const shared: unknown = await done(keys.get('shared'));
    if (leaving && shared) {
      const left = typeof shared === 'number' && shared <= now ? shared : now;
      keys.clear();
      if (now - left >= UNSENT_MS) tx.objectStore('drafts').clear();
      for (const k of await done(seen.getAllKeys())) if (!waits(k, await done(seen.get(k)))) seen.delete(k);
      const drafts = await done(tx.objectStore('drafts').count());
      // The 'shared' mark stays as long as something waits, so that a later run clears this store
      // too.
      empty = drafts + (await done(seen.count())) === 0;
      if (!empty) keys.put(left, 'shared');
    }
    await kept(tx);
  } finally {
    db.close();
  }
  if (empty) await done(indexedDB.deleteDatabase(name));
}

/** A deletion that the server has not done yet (Gone.Waits in the store). */
const waits = (key: IDBValidKey, state: unknown): boolean => String(key).startsWith('gone:') && state === 1;
