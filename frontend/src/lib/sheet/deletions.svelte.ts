// Pages that are being deleted. A deletion is recorded on this device first, which deletes the
// drafts at once; then the server deletes the page; then the vault stops listing it. Invariants: a
// page is called removed only after the server confirmed it; no page is deleted there before what
// mentors answered on it was recorded; a pending deletion survives a reload
// and a killed tab; a page that the server no longer has counts as removed.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import type { Signin } from '../signin/signin.svelte';
import { changeVault } from '../signin/vaultsync';
import { locks } from './tabdrafts';
import { noteDeleting } from './waiting';

const AGAIN = 10_000;
/** The lock of the tab that sends deletions. */
const SENDING = 'deletions';

export class Deletions {
  /** The pages that the server has not deleted yet. */
  waiting = $state.raw<string[]>([]);
  /** The server confirmed a deletion that waited here. That nothing waits does not say so: it may have
   * been undone, or the list of what waits not be read. */
  done = $state(false);
  /** The server was reached and refused: a missing connection is not the cause. */
  refused = $state(false);

  /** A deletion was undone since the last one was asked for: "removed", said of another page then,
   * would be read as being about the page that came back. */
  #undone = false;
  #timer = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** `before` records what must be known about a page before the server deletes it; while it fails,
   * the deletion waits. */
  constructor(
    private readonly signin: Signin,
    private readonly before: (ws: string) => Promise<void> = async () => undefined,
  ) {}

  /** Runs operations one at a time, so that a deletion is not undone while it is being sent. */
  inTurn<T>(what: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(what);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** The deletions recorded on this device that are not finished. */
  async read(): Promise<string[]> {
    const me = this.signin.me;
    const all = me ? await this.signin.vault.deletions(me.acct).catch(() => null) : [];
    // A store that does not answer has not forgotten what waits.
    if (all) this.waiting = all.filter((d) => d.waits).map((d) => d.ws);
    return this.waiting;
  }

  /** Deletes a page from this device for good; the server follows. */
  note(ws: string): Promise<void> {
    return this.inTurn(async () => {
      // Set the flag first: if the tab is killed in between, a flag too many does no harm, and a
      // missing one would leave the deletion unsent.
      if (this.signin.me) await noteDeleting(this.signin.me.acct, true);
      await this.signin.vault.forgetPage(ws);
      this.waiting = [...this.waiting.filter((w) => w !== ws), ws];
      this.done = this.#undone = false;
    });
  }

  /** Undoes a deletion; false when the server already did it. Another tab that is sending it now is
   * waited for: its request may arrive late. */
  bringBack(ws: string): Promise<boolean> {
    const undo = async () => {
      const back = await this.signin.vault.bringBack(ws);
      this.waiting = this.waiting.filter((w) => w !== ws);
      if (back) {
        this.#undone = true;
        this.done = false;
      }
      return back;
    };
    return this.inTurn(() => locks()?.request(SENDING, undo) ?? undo());
  }

  /** Sends pending deletions to the server, and retries until all are done. One tab sends at a time. */
  send(): Promise<void> {
    const ours = (lock: unknown) => (lock ? this.#send() : this.#later());
    return this.inTurn(async () => locks()?.request(SENDING, { ifAvailable: true }, ours) ?? ours(1)).catch(() => undefined);
  }

  #later(): void {
    this.#timer = window.setTimeout(() => void this.send(), AGAIN);
  }

  async #send(): Promise<void> {
    const me = this.signin.me;
    if (!me || this.signin.state !== 'in') return;
    clearTimeout(this.#timer);
    const all = await this.signin.vault.deletions(me.acct);
    // One that waited here and is not stored any more was undone, or sent, in another tab.
    this.#undone ||= this.waiting.some((ws) => !all.some((d) => d.ws === ws));
    // A lock emptied the list; what is stored decides what still waits.
    this.waiting = all.filter((d) => d.waits).map((d) => d.ws);
    this.refused = false;
    let listed = false;
    for (const { ws, waits } of all) {
      if (waits && !(await this.#atServer(ws))) continue;
      const still = !(await this.#outOfVault(ws));
      await this.signin.vault.pageGone(ws, still);
      this.waiting = this.waiting.filter((w) => w !== ws);
      this.done ||= waits && !this.#undone;
      listed ||= still;
    }
    if (this.waiting.length > 0) this.#later();
    else if (!listed) await noteDeleting(me.acct, false);
  }

  async #atServer(ws: string): Promise<boolean> {
    let looked = false;
    try {
      await this.before(ws);
      looked = true;
      await call(op.deleteWorksheet, { params: { ws } });
      return true;
    } catch (e) {
      if (looked && e instanceof ApiFault && e.status === 404) return true;
      this.refused ||= !(e instanceof ApiFault) || !e.offline;
      return false;
    }
  }

  /** Removes a deleted page from the vault; while the pages are locked, this waits for the next
   * unlock. */
  async #outOfVault(ws: string): Promise<boolean> {
    if (!this.signin.open) return false;
    return changeVault(this.signin, () => this.signin.vault.forgetSheet(ws)).then(
      () => true,
      () => false,
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.waiting = [];
    this.done = this.#undone = false;
  }
}
