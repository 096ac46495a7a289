// Pairings of this person: as the participant who says yes, compares and shares, and as the
// mentor who walks with others. What must hold: nothing is shared before a signed consent, a
// comparing in person and the page's own switch, in this order; the way back is one call to the
// server first, so that it works at once, and sealing anew after it.

import { call } from '../net/api';
import * as op from '../wire/operations';
import { today } from '../sheet/answers';
import { useSheets, type Sheets } from '../sheet/sheets.svelte';
import { useHolder } from '../signin/holder';
import { useSignin, type Signin } from '../signin/signin.svelte';
import { changeVault } from '../signin/vaultsync';
import type { Contact } from '../vault/contacts';
import type { Assignment, Side } from '../wire/wire';
import { CONSENT } from './consent';

/** What comes next between two people. */
export type Stage = 'invited' | 'consent' | 'compare' | 'open' | 'ended';

export class Pairs {
  list = $state.raw<Assignment[]>([]);
  contacts = $state.raw<Record<string, Contact>>({});
  loaded = $state(false);
  /** Counts the pages that were turned on or off here, for who shows their readers. */
  turned = $state(0);

  constructor(
    private readonly signin: Signin,
    private readonly sheets: Sheets,
  ) {}

  async load(): Promise<void> {
    this.list = (await call(op.listAssignments)).assignments;
    if (this.signin.open) {
      this.contacts = await this.signin.vault.contacts();
      if (this.signin.has('participant')) await this.#settle().catch(() => undefined);
    }
    this.loaded = true;
  }

  clear(): void {
    this.list = [];
    this.contacts = {};
    this.loaded = false;
  }

  #isMe = (s: Side | undefined): boolean => s !== undefined && s.acct === this.signin.me?.acct;

  /** The pairings in which this person is the participant, open ones first. */
  get mine(): Assignment[] {
    return this.list.filter((a) => this.#isMe(a.participant)).sort((a, b) => Number(a.ended !== undefined) - Number(b.ended !== undefined));
  }

  /** The people this person walks with. */
  get people(): Assignment[] {
    return this.list.filter((a) => this.#isMe(a.mentor) && a.ended === undefined);
  }

  find(id: string): Assignment | undefined {
    return this.list.find((a) => a.id === id);
  }

  /** The other side of a pairing. */
  other(a: Assignment): Side | undefined {
    return this.#isMe(a.participant) ? a.mentor : a.participant;
  }

  nameOf(a: Assignment): string {
    const other = this.other(a);
    return (other && (this.contacts[other.acct]?.name ?? other.room_name)) ?? a.invited ?? '';
  }

  stage(a: Assignment): Stage {
    const other = this.other(a);
    if (a.ended) return 'ended';
    if (!other) return 'invited';
    if (a.consent?.state !== 'open') return 'consent';
    return this.contacts[other.acct] ? 'open' : 'compare';
  }

  /** The mentors that pages can be turned on for. */
  get readers(): Assignment[] {
    return this.mine.filter((a) => this.stage(a) === 'open');
  }

  async sign(a: Assignment, language: string, months: number): Promise<void> {
    await call(op.signConsent, { params: { assignment: a.id }, body: { text_version: CONSENT, language, months } });
    await this.load();
  }

  async revoke(a: Assignment): Promise<void> {
    if (!a.consent) return;
    await call(op.revokeConsent, { params: { consent: a.consent.id } });
    await this.load();
  }

  /** Compares by the other's scanned code; the key is fetched once and the very bytes that were
   * checked are kept. Errors: E_CODE, E_PIN. */
  async pinByCode(a: Assignment, code: string): Promise<void> {
    await this.#pin(a, (other, bundle) => this.signin.vault.pinByCode(code, other.acct, bundle, other.room_name, today()));
  }

  /** Compares by words that were heard; `at` are their places, from 0. */
  async pinByWords(a: Assignment, heard: string[], at: number[]): Promise<void> {
    await this.#pin(a, (other, bundle) => this.signin.vault.pinByWords(heard, at, other.acct, bundle, other.room_name, today()));
  }

  async #pin(a: Assignment, change: (other: Side, bundle: string) => Promise<{ ctr: number; file: string }>): Promise<void> {
    const other = this.other(a);
    if (!other) return;
    const { bundle } = await call(op.readBundle, { params: { acct: other.acct } });
    await changeVault(this.signin, () => change(other, bundle));
    this.contacts = await this.signin.vault.contacts();
  }

  /** Turns a page on for a mentor: the grant, the vault, then the page as it is now. A plan is
   * sealed for them only when it is sent. */
  async share(ws: string, acct: string): Promise<void> {
    const sheet = await this.sheets.open(ws);
    await sheet.flush();
    await call(op.share, { params: { ws, reader: acct } });
    try {
      await changeVault(this.signin, () => this.signin.vault.setConsent(ws, acct, true));
    } catch (e) {
      // It did not come to the server, so it is not on here either.
      await this.signin.vault.setConsent(ws, acct, false).catch(() => undefined);
      throw e;
    }
    this.turned += 1;
    if (sheet.kind !== 'plan') await sheet.finish();
  }

  /** Turns a page off at once; the stored versions are sealed anew without the person. */
  async unshare(ws: string, acct: string): Promise<void> {
    await call(op.unshare, { params: { ws, reader: acct } });
    await this.#off(ws, acct);
  }

  async #off(ws: string, acct: string): Promise<void> {
    await changeVault(this.signin, () => this.signin.vault.setConsent(ws, acct, false));
    this.turned += 1;
    await (await this.sheets.open(ws)).narrow();
  }

  /** What the server closed meanwhile (a consent that ran out, a pairing that ended) is turned
   * off here too, and sealed anew. The server's list of grants can only take away. */
  async #settle(): Promise<void> {
    const { grants } = await call(op.listGrants);
    const open: Record<string, string[]> = {};
    for (const g of grants) (open[g.ws] ??= []).push(g.reader);
    const before = await this.signin.vault.readers();
    await changeVault(this.signin, () => this.signin.vault.consentsLeft(open));
    const closed = ([ws, readers]: [string, string[]]) => readers.some((acct) => !open[ws]?.includes(acct));
    const sealed = this.sheets.rows.map((row): [string, string[]] => [row.ws, row.readers]);
    const pages = [...Object.entries(before), ...sealed].filter(closed).map(([ws]) => ws);
    for (const ws of pages.filter((w, i) => pages.indexOf(w) === i)) await (await this.sheets.open(ws)).narrow().catch(() => undefined);
  }
}

/** The pairings of the person who is signed in, one for the life of the app. */
export function usePairs(): Pairs {
  const holder = useHolder();
  holder.pairs ??= new Pairs(useSignin(), useSheets());
  return holder.pairs as Pairs;
}
