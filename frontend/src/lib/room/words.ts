// Check-in words on the counselor's screen. The rule: several words are shown by one tap only once
// each of them has stood in the list for a moment. One that comes in just before the tap was seen
// by nobody.

import type { SaidRow } from '../wire/wire';

/** How long a word stands in the list before it counts as looked at, in milliseconds. */
export const LOOK = 2_000;

/** Notes since when each word stands in the list, and forgets those that do not any more. */
export function standing(since: Map<string, number>, said: SaidRow[], now: number): void {
  for (const id of since.keys()) if (!said.some((w) => w.id === id)) since.delete(id);
  for (const w of said) if (!since.has(w.id)) since.set(w.id, now);
}

/** The words that wait and were looked at, in their order. */
export function looked(said: SaidRow[], since: ReadonlyMap<string, number>, now: number): SaidRow[] {
  return said.filter((w) => !w.shown && now - (since.get(w.id) ?? now) >= LOOK);
}
