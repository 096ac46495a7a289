// Keeps a room's clock accurate: asks for the server's time on each connect, after the device woke,
// and periodically; several times in a row while the round trip is long. A lost clock request is
// not resent with its id: its reply would come too late to be accurate.

import type { RoomFrame } from '../wire/wire';
import { ServerClock } from './clock';
import { uuid7 } from './ids';

/** A reply with at most this error (ms) needs no second one. */
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

  /** Asks anew; the next reply outweighs what was known. */
  fresh(): void {
    this.clock.forget();
    this.#left = TIMES;
    this.ask();
  }

  /** Asks once. This is also the cheapest probe of a line. */
  ask(): void {
    this.#id = uuid7();
    this.#at = Date.now();
    this.#left--;
    this.#say(JSON.stringify({ id: this.#id, do: 'clock', with: {} }));
  }

  /** Checks the device's own clock: true when the device slept or its clock was set. */
  tick(): boolean {
    if (this.clock.jumped()) return true;
    if (Date.now() - this.#at > NOW_AND_THEN) this.ask();
    return false;
  }

  /** Takes the time from a frame; true when the frame held nothing else. */
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
