// Pages that are being deleted. A deletion is noted on this device first, where it takes the
// drafts along at once; then the server does it, then the vault stops listing the page. What
// must hold: it is called removed only when the server said so; what waits survives a reload and
// a killed tab; and a page that is gone already counts as removed.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import type { Signin } from '../signin/signin.svelte';
import { changeVault } from '../signin/vaultsync';
import { noteDeleting } from './waiting';

const AGAIN = 10_000;

export class Deletions {
  /** The pages that the server has not deleted yet. */
  waiting = $state.raw<string[]>([]);
  /** The server was reached and did not do it: no matter of signal. */
  refused = $state(false);

  #timer = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** `before` is what has to be known of a page before the server deletes it. */
  constructor(
    private readonly signin: Signin,
    private readonly before: (ws: string) => Promise<void> = async () => undefined,
  ) {}

  /** One thing at a time, so that a deletion on its way is not taken back. */
  #inTurn<T>(what: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(what);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** What this device knows to be on its way out. */
  async read(): Promise<string[]> {
    const me = this.signin.me;
    const all = me ? await this.signin.vault.deletions(me.acct).catch(() => []) : [];
    this.waiting = all.filter((d) => d.waits).map((d) => d.ws);
    return this.waiting;
  }

  /** Takes a page off this device, for good; the server follows. */
  note(ws: string): Promise<void> {
    return this.#inTurn(async () => {
      // First: a tab that is killed in between leaves too much of a note, and not too little.
      if (this.signin.me) await noteDeleting(this.signin.me.acct, true);
      await this.signin.vault.forgetPage(ws);
      this.waiting = [...this.waiting.filter((w) => w !== ws), ws];
    });
  }

  /** Takes a deletion back; false when the server was faster. */
  bringBack(ws: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const back = await this.signin.vault.bringBack(ws);
      this.waiting = this.waiting.filter((w) => w !== ws);
      return back;
    });
  }

  /** Has the server do what waits, and tries again until it is done. */
  send(): Promise<void> {
    return this.#inTurn(() => this.#send()).catch(() => undefined);
  }

  async #send(): Promise<void> {
    const me = this.signin.me;
    if (!me || this.signin.state !== 'in') return;
    clearTimeout(this.#timer);
    const all = await this.signin.vault.deletions(me.acct);
    this.refused = false;
    let listed = false;
    for (const { ws, waits } of all) {
      if (waits && !(await this.#atServer(ws))) continue;
      const still = !(await this.#outOfVault(ws));
      await this.signin.vault.pageGone(ws, still);
      this.waiting = this.waiting.filter((w) => w !== ws);
      listed ||= still;
    }
    if (all.length === 0) this.waiting = [];
    if (this.waiting.length > 0) this.#timer = window.setTimeout(() => void this.send(), AGAIN);
    else if (!listed) await noteDeleting(me.acct, false);
  }

  async #atServer(ws: string): Promise<boolean> {
    // What does not open, or locked pages, keep no deletion back.
    if (this.signin.open) await this.before(ws).catch(() => undefined);
    try {
      await call(op.deleteWorksheet, { params: { ws } });
      return true;
    } catch (e) {
      if (e instanceof ApiFault && e.status === 404) return true;
      this.refused ||= !(e instanceof ApiFault) || !e.offline;
      return false;
    }
  }

  /** Locked pages are taken out of the vault when they next open. */
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
  }
}
