// Keeps a room's clock right: asks for the server's time at each connect, after the device
// woke, and now and then; a few times in a row while the way there and back is long. A question
// that gets lost is not asked again under its name: its answer would come too late to be true.

import type { RoomFrame } from '../wire/wire';
import { ServerClock } from './clock';
import { uuid7 } from './ids';

/** An answer that is at most this far off, in milliseconds, needs no second one. */
const GOOD = 50;
const TIMES = 3;
const NOW_AND_THEN = 5 * 60_000;

export class Timing {
  readonly clock = new ServerClock();
  readonly #say: (frame: string) => void;
  #id = '';
  #at = Date.now();
  #left = 0;

  constructor(say: (frame: string) => void) {
    this.#say = say;
  }

  /** Asks anew; what was known counts for less than the next answer. */
  fresh(): void {
    this.clock.forget();
    this.#left = TIMES;
    this.ask();
  }

  /** Asks once. It is also the cheapest way to see that a line lives. */
  ask(): void {
    this.#id = uuid7();
    this.#at = Date.now();
    this.#left--;
    this.#say(JSON.stringify({ id: this.#id, do: 'clock', with: {} }));
  }

  /** Looks at the device's own clock: true when the device slept or its clock was set. */
  tick(): boolean {
    if (this.clock.jumped()) return true;
    if (Date.now() - this.#at > NOW_AND_THEN) this.ask();
    return false;
  }

  /** Takes what a frame says of the time; true when it said nothing else. */
  took(f: RoomFrame): boolean {
    const mine = this.#id !== '' && (f.ack ?? f.error?.id) === this.#id;
    if (mine && f.ack && f.now !== undefined) this.clock.answered(this.#at, f.now);
    else if (f.now !== undefined) this.clock.sample(f.now);
    if (!mine) return false;
    this.#id = '';
    if (f.ack && this.clock.doubt > GOOD && this.#left > 0) this.ask();
    return true;
  }
}
