// The list of pages that others share with a mentor now. Titles are decrypted here and stored
// nowhere else; a row that is missing in the server's newest reply disappears at once.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { fromBody, textOf } from '../sheet/answers';
import type { Kind } from '../sheet/forms';
import { readFeedback, type Feedback } from '../sheet/plan';
import type { Signin } from '../signin/signin.svelte';
import { bringVault, byVault } from '../signin/vaultsync';
import { SealError } from '../vault/error';
import type { Sealed } from '../wire/wire';
import type { Pairs } from './pairs.svelte';
import { ANSWER_WITHIN, type Seen } from './sight';
import { Watch } from './watch.svelte';

export interface SharedRow {
  /** Identifies the stored version by its digest: a resealed version is another row. */
  key: string;
  owner: string;
  ws: string;
  kind: Kind;
  title: string;
  ver: number;
  /** The version read last on this device; 0 when none was. */
  read: number;
  /** The mentor's own newest mark on it; `doubt` when the server does not have the newest one;
   * `closed` for a page that is not proven to be its owner's newest, of which nothing is shown. */
  mark: Feedback['mark'] | 'none' | 'doubt' | 'closed';
}

const keyOf = (s: Sealed): string => s.id + s.sha256;

export class Shared {
  /** Null until the first reply. */
  rows = $state.raw<SharedRow[] | null>(null);
  readonly #watch: Watch;
  /** The newest request whose reply was used, and that reply. */
  #turn = 0;
  #listed: string[] = [];
  #opening = false;
  #pairs: Promise<void> | null = null;

  constructor(
    private readonly signin: Signin,
    private readonly pairs: Pairs,
  ) {
    this.#watch = new Watch(
      (turn) => this.#ask(turn),
      (seen, why) => this.#turned(seen, why),
    );
  }

  get sight(): Seen {
    return this.#watch.seen;
  }

  get offline(): boolean {
    return this.#watch.offline;
  }

  open(): () => void {
    const stop = this.#watch.start();
    return () => {
      stop();
      this.#empty();
    };
  }

  async #ask(turn: number): Promise<boolean> {
    this.#pairs ??= this.pairs.load().catch(() => {
      this.#pairs = null;
    });
    const { sealed } = await call(op.listShared, { within: ANSWER_WITHIN });
    // A reply to an older request than the one on screen is discarded.
    if (turn < this.#turn) return true;
    this.#turn = turn;
    this.#listed = sealed.map(keyOf);
    const stay = this.rows?.filter((r) => this.#listed.includes(r.key)) ?? null;
    if (stay && stay.length < (this.rows?.length ?? 0)) {
      this.rows = stay;
      // A page is no longer shared, so the pairing may have ended too.
      this.#pairs = null;
    }
    if (!this.#opening && !this.#shows(sealed)) void this.#openNew(sealed);
    return true;
  }

  /** Whether everything in a reply is already listed. */
  #shows(sealed: Sealed[]): boolean {
    return this.rows !== null && sealed.every((s) => !this.pairs.contacts[s.owner] || this.rows?.some((r) => r.key === keyOf(s)));
  }

  async #openNew(sealed: Sealed[]): Promise<void> {
    this.#opening = true;
    try {
      await this.#pairs;
      const out: SharedRow[] = [];
      for (const s of sealed) {
        const known = this.rows?.find((r) => r.key === keyOf(s));
        const row = known ?? (await this.#row(s));
        if (row) out.push(row);
      }
      // Only rows of the newest reply, whatever was requested meanwhile.
      const now = out.filter((r) => this.#listed.includes(r.key));
      if (this.sight !== 'ended') this.rows = now;
      await bringVault(this.signin).catch(() => undefined);
    } catch {
      // Offline: the next request tries again.
    } finally {
      this.#opening = false;
    }
  }

  async #row(s: Sealed): Promise<SharedRow | null> {
    if (!this.pairs.contacts[s.owner]) return null;
    try {
      const o = await this.signin.vault.openShared(s.ws, s.ver, s.owner, await call(op.openSealed, { params: { id: s.id } }));
      const body = fromBody(o.body);
      const read = this.signin.sheets[s.ws]?.ver ?? 0;
      return {
        key: keyOf(s),
        owner: s.owner,
        ws: s.ws,
        kind: body.kind,
        title: textOf(body.answers, 'nick'),
        ver: s.ver,
        read,
        mark: read >= s.ver ? await this.#markOn(s) : 'none',
      };
    } catch (e) {
      if (!(e instanceof SealError || e instanceof SyntaxError)) return null;
      // Opening the page shows the reason.
      return { key: keyOf(s), owner: s.owner, ws: s.ws, kind: 'entry', title: '', ver: s.ver, read: 0, mark: 'closed' };
    }
  }

  async #markOn(s: Sealed): Promise<SharedRow['mark']> {
    try {
      return await byVault(this.signin, () => this.#answered(s));
    } catch (e) {
      if (e instanceof SealError) return 'doubt';
      throw e;
    }
  }

  async #answered(s: Sealed): Promise<SharedRow['mark']> {
    const me = this.signin.me?.acct ?? '';
    const rows = (await call(op.listSharedVersions, { params: { owner: s.owner, ws: s.ws } })).sealed;
    const mine = rows.filter((r) => r.typ === 'feedback').at(-1);
    if (!mine) return (await this.signin.vault.markedFeedback())[s.ws]?.includes(me) ? 'doubt' : 'none';
    const o = await this.signin.vault.openFeedback(s.ws, mine.ver, me, await call(op.openSealed, { params: { id: mine.id } }));
    return readFeedback(o.body, me, '', mine.ver).mark;
  }

  #turned(seen: Seen, why: unknown): void {
    if (seen === 'ended' || seen === 'silent') this.#empty();
    if (why instanceof ApiFault && why.status === 401) this.signin.lost();
  }

  #empty(): void {
    this.#listed = [];
    this.rows = null;
  }
}
