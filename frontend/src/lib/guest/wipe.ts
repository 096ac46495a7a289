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

/** Deletes what has expired. */
export async function sweep(now = Date.now()): Promise<void> {
  for (const k of listed()) if (k.until <= now) await drop(k.store).catch(() => undefined);
}
