// Check-in words on the counselor's screen. The rule: one tap shows several words only if each has
// been in the list for a moment. Nobody has seen a word that arrives just before the tap.

import type { SaidRow } from '../wire/wire';

/** How long a word must be listed before it counts as looked at, in ms. */
export const LOOK = 2_000;

/** Records since when each word is listed, and drops words that no longer are. */
export function noteListed(since: Map<string, number>, said: SaidRow[], now: number): void {
  for (const id of since.keys()) if (!said.some((w) => w.id === id)) since.delete(id);
  for (const w of said) if (!since.has(w.id)) since.set(w.id, now);
}

/** The waiting words that were looked at, in order. */
export function looked(said: SaidRow[], since: ReadonlyMap<string, number>, now: number): SaidRow[] {
  return said.filter((w) => !w.shown && now - (since.get(w.id) ?? now) >= LOOK);
}
