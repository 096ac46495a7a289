// Whether the words being written are stored on this device. A write that fails or takes too long
// counts as not stored, and is retried until it succeeds. Every keystroke is written at once: a
// page that is being closed leaves no time for postponed writes.

/** A write that takes longer than this (ms) counts as failing. */
const LATE = 3_000;
const AGAIN = 2_000;

export class Keeping {
  /** There are words that this device could not store yet. */
  failing = $state(false);
  #timer = 0;
  #turn: Promise<void> = Promise.resolve();
  #next: (() => Promise<void>) | null = null;

  /** Writes at once, one write at a time. Of the calls that arrive meanwhile only the newest is
   * executed, right after the current one. The promise resolves when these words or newer ones are
   * stored. */
  newest(write: () => Promise<void>): Promise<void> {
    const waits = this.#next !== null;
    this.#next = write;
    if (waits) return this.#turn;
    return (this.#turn = this.#turn.then(() => {
      const now = this.#next;
      this.#next = null;
      return now?.();
    }));
  }

  /** Resolves when all pending writes are done. */
  get done(): Promise<void> {
    return this.#turn;
  }

  /** Waits for one write. When it fails, `again` is called to write what is on the screen then,
   * until it works or stop() is called. */
  async wait(write: () => Promise<unknown>, again: () => unknown): Promise<boolean> {
    clearTimeout(this.#timer);
    const late = setTimeout(() => (this.failing = true), LATE);
    try {
      await write();
      this.failing = false;
      return true;
    } catch {
      this.failing = true;
      this.#timer = window.setTimeout(again, AGAIN);
      return false;
    } finally {
      clearTimeout(late);
    }
  }

  /** Call when the words are safe elsewhere, or were discarded by choice. */
  stop(): void {
    clearTimeout(this.#timer);
    this.failing = false;
  }
}
