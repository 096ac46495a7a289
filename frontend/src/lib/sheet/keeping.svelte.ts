// Whether the words that are being written are kept on this device, said by the facts: a write
// that failed, or that takes long, is not kept, and is tried again until it worked.

/** A store that answers later than this is as good as away. */
const LATE = 3_000;
const AGAIN = 2_000;

export class Keeping {
  /** There are words that this device could not keep yet. */
  failing = $state(false);
  #timer = 0;

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
