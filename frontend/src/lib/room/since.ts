// The minutes since which guests came, newest first, each with how many came since then.

import type { Arrival } from '../wire/wire';

export function since(arrivals: Arrival[]): Arrival[] {
  const out: Arrival[] = [];
  let guests = 0;
  for (const a of arrivals.toReversed()) {
    guests += a.guests;
    out.push({ at: a.at, guests });
  }
  return out;
}
