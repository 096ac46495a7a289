// What may be seen of something that another person shares, decided from the server's answers
// alone. The rules in words:
//
// - A refusal is final, however late it comes; no answer after it brings anything back.
// - After a pause (a hidden, frozen or sleeping page) only the answer to a question that was
//   asked after it counts: what the server said before may have been taken back meanwhile.
// - Without a granting answer for a minute, counted from when it was asked for, it closes.
//
// Pure: the clock comes in as an argument, in milliseconds that go on while the device sleeps.

/** How often an open page asks. With one slow answer on top, a page that was withdrawn is empty
 * within 4 s. Questions overlap, so that a slow network does not stretch the gap between them. */
export const ASK_EVERY = 1_500;
/** A question that takes longer than this counts as not answered. */
export const ANSWER_WITHIN = 8_000;
export const SILENCE = 60_000;
/** A step of the clock that is longer than this is a pause: timers come every half second. */
export const PAUSE = 3_000;

/** `veiled`: wait for the server; `shown`; `silent`: closed until it answers; `ended`: closed. */
export type Seen = 'veiled' | 'shown' | 'silent' | 'ended';

export class Sight {
  #asked = 0;
  /** The first question whose answer may lift the veil. */
  #counts = 1;
  #granted = 0;
  #heard: number;
  #ended = false;
  readonly #askedAt = new Map<number, number>();

  constructor(now: number) {
    this.#heard = now;
  }

  /** A question goes out; the number is its turn. */
  ask(now: number): number {
    this.#asked += 1;
    this.#askedAt.set(this.#asked, now);
    return this.#asked;
  }

  /** The server still grants it, in answer to this question. */
  granted(turn: number): void {
    this.#heard = Math.max(this.#heard, this.#askedAt.get(turn) ?? this.#heard);
    this.#granted = Math.max(this.#granted, turn);
    this.#askedAt.delete(turn);
  }

  /** No answer in time, or none that says yes or no. */
  unanswered(turn: number): void {
    this.#askedAt.delete(turn);
  }

  refused(): void {
    this.#ended = true;
    this.#askedAt.clear();
  }

  /** The page was away, or is about to be. */
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

/** Time that goes on while the device sleeps. Steady time stands still then on some systems, the
 * wall clock can be set by hand: a difference between the two forwards is time that passed, and
 * a difference either way is a pause. */
export class Clock {
  #slept = 0;

  constructor(
    private steady: number,
    private wall: number,
  ) {}

  /** The next reading; true when there was a pause before it. */
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
