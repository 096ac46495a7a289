// The minutes since which guests came, newest first, each with how many came since then.

import type { Arrival } from '../wire/wire';

/** How many came since a minute, also when all who came in that minute are gone. */
export const cameSince = (arrivals: Arrival[], at: number): Arrival => ({ at, guests: arrivals.reduce((n, a) => n + (a.at >= at ? a.guests : 0), 0) });

export function since(arrivals: Arrival[]): Arrival[] {
  const out: Arrival[] = [];
  let guests = 0;
  for (const a of arrivals.toReversed()) {
    guests += a.guests;
    out.push({ at: a.at, guests });
  }
  return out;
}
