// Deletes what a device kept: at once when a person asks, and expired data when the app is next
// opened. What could not be deleted stays listed, is never shown, and is retried.

import { doom, gone, listed } from './kept';
import { wipe } from './store';

/** Deletes one database together with its key. */
export async function drop(store: string): Promise<void> {
  doom(store);
  await wipe(store);
  gone(store);
}

/** Deletes what has expired. All deletions begin at once: the page may be closing. */
export async function sweep(now = Date.now()): Promise<void> {
  const expired = listed().filter((k) => k.until <= now);
  await Promise.all(expired.map((k) => drop(k.store).catch(() => undefined)));
}
