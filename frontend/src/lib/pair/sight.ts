// What may be seen of something that another person shares, decided from the server's answers
// alone. The rules in words:
//
// - A refusal is final, however late it comes; no answer after it brings anything back.
// - After a pause (a hidden, frozen or sleeping page) only the answer to a question that was
//   asked after it counts: what the server said before may have been taken back meanwhile.
// - Without a granting answer for a minute, counted from when it was asked for, it closes.
//
// Pure: the clock comes in as an argument, in milliseconds that go on while the device sleeps.

/** How often an open page asks the server, in ms. Including one slow reply, a revoked page is
 * cleared within 4 s. Requests may overlap, so that a slow network does not increase the interval. */
export const ASK_EVERY = 1_500;
/** A request without a reply after this time (ms) counts as unanswered. */
export const ANSWER_WITHIN = 8_000;
export const SILENCE = 60_000;
/** A clock step longer than this (ms) is a pause: the timer ticks every half second. */
export const PAUSE = 3_000;

/** `veiled`: waiting for the server; `shown`; `silent`: closed until the server replies; `ended`:
 * closed for good. */
export type Seen = 'veiled' | 'shown' | 'silent' | 'ended';

export class Sight {
  #asked = 0;
  /** The first request whose reply may lift the veil. */
  #counts = 1;
  #granted = 0;
  #heard: number;
  #ended = false;
  readonly #askedAt = new Map<number, number>();

  constructor(now: number) {
    this.#heard = now;
  }

  /** Records a new request and returns its number. */
  ask(now: number): number {
    this.#asked += 1;
    this.#askedAt.set(this.#asked, now);
    return this.#asked;
  }

  /** The reply to this request still grants access. */
  granted(turn: number): void {
    this.#heard = Math.max(this.#heard, this.#askedAt.get(turn) ?? this.#heard);
    this.#granted = Math.max(this.#granted, turn);
    this.#askedAt.delete(turn);
  }

  /** The request got no reply in time, or one that is neither a grant nor a refusal. */
  unanswered(turn: number): void {
    this.#askedAt.delete(turn);
  }

  refused(): void {
    this.#ended = true;
    this.#askedAt.clear();
  }

  /** The page was paused (hidden, frozen, asleep), or is about to be. */
  paused(): void {
    this.#counts = this.#asked + 1;
  }

  get waiting(): number {
    return this.#askedAt.size;
  }

  seen(now: number): Seen {
    if (this.#ended) return 'ended';
    if (now - this.#heard > SILENCE) return 'silent';
    return this.#granted < this.#counts ? 'veiled' : 'shown';
  }
}

/** A clock that also counts sleep. On some systems the monotonic clock stops during sleep, and the
 * wall clock can be set by hand: when the wall clock gains on the other, the gain counts as elapsed
 * time; a difference in either direction counts as a pause. */
export class Clock {
  #slept = 0;

  constructor(
    private steady: number,
    private wall: number,
  ) {}

  /** Takes the next reading; true when there was a pause before it. */
  step(steady: number, wall: number): boolean {
    const [by, byWall] = [steady - this.steady, wall - this.wall];
    [this.steady, this.wall] = [steady, wall];
    const apart = Math.abs(byWall - by) > PAUSE;
    if (apart && byWall > by) this.#slept += byWall - by;
    return apart || by > PAUSE;
  }

  get now(): number {
    return this.steady + this.#slept;
  }
}
