// The server's clock as this device sees it. A phone's own clock may be minutes off; every
// frame carries the server's time, and a newer estimate counts a quarter, so that one slow
// frame does not make the countdown jump.

export class ServerClock {
  #offset: number | null = null;

  /** Takes one sample: the server's time of a frame, and when it came in. */
  sample(serverNow: number, local = Date.now()): void {
    const offset = serverNow - local;
    // A delay can only make the server look behind: a later sample that is ahead is truer.
    if (this.#offset === null || offset > this.#offset) this.#offset = offset;
    else this.#offset = this.#offset * 0.75 + offset * 0.25;
  }

  /** After the phone slept, the next frame counts whole. */
  forget(): void {
    this.#offset = null;
  }

  now(local = Date.now()): number {
    return local + (this.#offset ?? 0);
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
