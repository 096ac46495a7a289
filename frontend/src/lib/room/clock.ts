// Estimates the server's clock; a phone's own clock may be minutes off. There are two sources. A
// request and its reply: the server read its clock between the two, so the midpoint is wrong by at
// most half the round trip, and the reply with the shortest round trip is the best. And every frame
// that carries a time: delay can only make the server look late, so a frame ahead of the estimate
// proves it wrong.

/** How fast two clocks may drift apart, as a fraction: it makes an old estimate count less. */
const DRIFT = 1e-4;

/** A difference (ms) between the wall clock and the monotonic clock that means sleep or a changed
 * clock. */
const JUMP = 500;

export class ServerClock {
  #offset = 0;
  #known = false;
  /** Half the round trip of the best reply, in ms: the maximum error of the estimate. */
  #doubt = Infinity;
  #answeredAt = 0;
  #between: number | null = null;

  /** The maximum error of the estimate, in ms. */
  get doubt(): number {
    return this.#doubt;
  }

  /** Takes the server's time from a frame, and when the frame arrived. */
  sample(serverNow: number, local = Date.now()): void {
    const atLeast = serverNow - local;
    if (!this.#known || atLeast > this.#offset) this.#offset = atLeast;
    this.#known = true;
  }

  /** Takes the server's time from a reply, when it was requested and when it arrived. */
  answered(asked: number, serverNow: number, local = Date.now()): void {
    const doubt = (local - asked) / 2;
    if (doubt < 0 || doubt > this.#doubt + Math.abs(local - this.#answeredAt) * DRIFT) return;
    this.#offset = serverNow - (asked + local) / 2;
    this.#doubt = doubt;
    this.#answeredAt = local;
    this.#known = true;
  }

  /** Call after the phone slept: the next sample is taken in full; until then the old estimate is
   * used. */
  forget(): void {
    this.#known = false;
    this.#doubt = Infinity;
  }

  /** Whether the device slept or its clock was set since the last call. */
  jumped(local = Date.now(), steady = performance.now()): boolean {
    const before = this.#between;
    this.#between = local - steady;
    return before !== null && Math.abs(this.#between - before) > JUMP;
  }

  now(local = Date.now()): number {
    return local + this.#offset;
  }
}

/** The time left of a countdown, in ms; negative when it ran over. */
export function left(timer: { ends_at?: number; left_ms?: number }, now: number): number {
  return timer.ends_at !== undefined ? timer.ends_at - now : (timer.left_ms ?? 0);
}

/** Formats as 9:12 for staff and stage, with a minus for overtime. */
export function figures(ms: number): string {
  const s = Math.round(Math.abs(ms) / 1000);
  return `${ms < -499 ? '−' : ''}${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

/** Whole minutes for phones, rounded up: the last minute counts as one until it is over. */
export const minutesLeft = (ms: number): number => Math.max(0, Math.ceil(ms / 60_000));

/** How near the end is: the last 2 minutes, or the last 30 seconds. */
export type Near = '' | 'two' | 'half';
const NEAR: [Near, number][] = [
  ['half', 30_000],
  ['two', 120_000],
];

/** Whether a running countdown nears its end. Empty for a countdown that was never longer than the
 * alert, since it would start with the alert, and for one that is over, since the screens say so in
 * words. */
export function near(timer: { ends_at?: number; total_ms: number }, now: number): Near {
  const ms = timer.ends_at === undefined ? 0 : timer.ends_at - now;
  return NEAR.find(([, limit]) => ms > 0 && ms <= limit && timer.total_ms > limit)?.[0] ?? '';
}
