// The server's clock as this device sees it. A phone's own clock may be minutes off. Two things
// tell the difference. A question and its answer: the server said its time between the two, so
// the middle is at most half the way off, and the answer with the shortest way is the truest.
// And every frame that carries a time: a delay can only make the server look behind, so a
// frame that is ahead of the estimate proves it wrong.

/** How far two clocks may run apart, as a part of the time: an old answer is worth less. */
const DRIFT = 1e-4;

/** A device that slept, or was given another time, shows it as a jump between its two clocks. */
const JUMP = 500;

export class ServerClock {
  #offset = 0;
  #known = false;
  /** Half the way of the best answer, in milliseconds: the estimate is at most this far off. */
  #doubt = Infinity;
  #answeredAt = 0;
  #between: number | null = null;

  /** How far off the estimate may be, in milliseconds. */
  get doubt(): number {
    return this.#doubt;
  }

  /** Takes the server's time of a frame, and when it came in. */
  sample(serverNow: number, local = Date.now()): void {
    const atLeast = serverNow - local;
    if (!this.#known || atLeast > this.#offset) this.#offset = atLeast;
    this.#known = true;
  }

  /** Takes the server's time of an answer, when it was asked for and when it came in. */
  answered(asked: number, serverNow: number, local = Date.now()): void {
    const doubt = (local - asked) / 2;
    if (doubt < 0 || doubt > this.#doubt + Math.abs(local - this.#answeredAt) * DRIFT) return;
    this.#offset = serverNow - (asked + local) / 2;
    this.#doubt = doubt;
    this.#answeredAt = local;
    this.#known = true;
  }

  /** After the phone slept the next sample counts whole; until then the old estimate stands. */
  forget(): void {
    this.#known = false;
    this.#doubt = Infinity;
  }

  /** Whether the device slept or was given another time since this was last asked. */
  jumped(local = Date.now(), steady = performance.now()): boolean {
    const before = this.#between;
    this.#between = local - steady;
    return before !== null && Math.abs(this.#between - before) > JUMP;
  }

  now(local = Date.now()): number {
    return local + this.#offset;
  }
}

/** What is left of a countdown, in milliseconds; negative when it ran over. */
export function left(timer: { ends_at?: number; left_ms?: number }, now: number): number {
  return timer.ends_at !== undefined ? timer.ends_at - now : (timer.left_ms ?? 0);
}

/** 9:12 for staff and stage; minus for over time. */
export function figures(ms: number): string {
  const s = Math.round(Math.abs(ms) / 1000);
  return `${ms < -499 ? '−' : ''}${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

/** Whole minutes for phones: the last one counts as one until it is over. */
export const minutesLeft = (ms: number): number => Math.max(0, Math.ceil(ms / 60_000));

/** How near the end of a part is: the last 2 minutes, the last 30 seconds. */
export type Near = '' | 'two' | 'half';
const NEAR: [Near, number][] = [
  ['half', 30_000],
  ['two', 120_000],
];

/** Whether a running countdown nears its end. One that was never longer than that says nothing:
 * it would begin with the alert. Nor does one that is over, which the screens say in words. */
export function near(timer: { ends_at?: number; total_ms: number }, now: number): Near {
  const ms = timer.ends_at === undefined ? 0 : timer.ends_at - now;
  return NEAR.find(([, limit]) => ms > 0 && ms <= limit && timer.total_ms > limit)?.[0] ?? '';
}
