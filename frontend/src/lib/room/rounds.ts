// The stage of a practice round: first the time to try it, then the time to talk about it. Both are
// one countdown on the server.

import type { Countdown } from '../wire/wire';
import { left } from './clock';

export type Stretch = 'try' | 'talk' | 'over';

/** The current stage and the time left in it, in ms. */
export function stretch(timer: Countdown, talkMs: number, now: number): { part: Stretch; ms: number } {
  const ms = left(timer, now);
  if (ms <= 0) return { part: 'over', ms: 0 };
  return ms > talkMs ? { part: 'try', ms: ms - talkMs } : { part: 'talk', ms };
}
