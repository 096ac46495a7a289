// Destroying what a device kept: at once when a person asks, and when the app is next opened for
// what is due. What could not be destroyed stays on the list, is never shown, and is tried again.

import { doom, gone, listed } from './kept';
import { wipe } from './store';

/** Destroys one database, key and all. */
export async function drop(store: string): Promise<void> {
  doom(store);
  await wipe(store);
  gone(store);
}

/** Destroys what is due. */
export async function sweep(now = Date.now()): Promise<void> {
  for (const k of listed()) if (k.until <= now) await drop(k.store).catch(() => undefined);
}
