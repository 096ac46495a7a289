// Where a round of practice stands: first the time to try it, then the time to talk about it.
// Both are one countdown of the server's.

import type { Countdown } from '../wire/wire';
import { left } from './clock';

export type Stretch = 'try' | 'talk' | 'over';

/** The stretch under way and what is left of it, in milliseconds. */
export function stretch(timer: Countdown, talkMs: number, now: number): { part: Stretch; ms: number } {
  const ms = left(timer, now);
  if (ms <= 0) return { part: 'over', ms: 0 };
  return ms > talkMs ? { part: 'try', ms: ms - talkMs } : { part: 'talk', ms };
}
