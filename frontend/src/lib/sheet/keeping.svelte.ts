// Whether the words that are being written are kept on this device, said by the facts: a write
// that failed, or that takes long, is not kept, and is tried again until it worked. A word is kept
// as it is typed: a page that goes away gives no time for what was put off.

/** A store that answers later than this is as good as away. */
const LATE = 3_000;
const AGAIN = 2_000;

export class Keeping {
  /** There are words that this device could not keep yet. */
  failing = $state(false);
  #timer = 0;
  #turn: Promise<void> = Promise.resolve();
  #next: (() => Promise<void>) | null = null;

  /** Writes at once, one at a time: of those that come meanwhile only the newest is written, as
   * soon as the one before it is done. What this gives is done when these words or newer ones are. */
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

  /** When everything that was to be written is done. */
  get done(): Promise<void> {
    return this.#turn;
  }

  /** Waits for one write. When it fails, `again` has to write what stands on screen then, as long
   * as there is somebody to write it for. */
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

  /** The words are safe elsewhere, or given up by choice. */
  stop(): void {
    clearTimeout(this.#timer);
    this.failing = false;
  }
}
