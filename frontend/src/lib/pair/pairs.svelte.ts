// The pairings of this person, both as the participant who consents, compares and shares, and as a
// mentor of others. Invariants: nothing is shared before a signed consent, a comparison in person
// and the page's own switch, in this order; revoking calls the server first, so that it takes
// effect at once, and reseals afterwards.

import { call } from '../net/api';
import * as op from '../wire/operations';
import { today } from '../sheet/answers';
import { tellTabs } from '../sheet/othertabs';
import { useSheets, type Sheets } from '../sheet/sheets.svelte';
import { useHolder } from '../signin/holder';
import { useSignin, type Signin } from '../signin/signin.svelte';
import { changeVault } from '../signin/vaultsync';
import type { Vault } from '../vault/client';
import { SealError } from '../vault/error';
import type { Contact } from '../vault/contacts';
import type { Assignment, Side } from '../wire/wire';
import { CONSENT } from './consent';

/** The next step between two people. */
export type Stage = 'invited' | 'consent' | 'compare' | 'open' | 'ended';

export class Pairs {
  list = $state.raw<Assignment[]>([]);
  contacts = $state.raw<Record<string, Contact>>({});
  loaded = $state(false);
  /** Counts pages turned on or off here; components that show readers watch it. */
  turned = $state(0);
  /** Pages verified as sealed for nobody but these readers, with the worker that verified it. */
  #narrowed: { by: Vault | null; pages: Record<string, string | undefined> } = { by: null, pages: {} };
  #cleared = 0;

  constructor(
    private readonly signin: Signin,
    private readonly sheets: Sheets,
  ) {}

  async load(): Promise<void> {
    const cleared = this.#cleared;
    const { assignments } = await call(op.listAssignments);
    const contacts = this.signin.open ? await this.signin.vault.contacts() : null;
    if (cleared !== this.#cleared) return;
    this.list = assignments;
    if (contacts) {
      this.contacts = contacts;
      if (this.signin.has('participant')) await this.settle().catch(() => undefined);
    }
    this.loaded = true;
  }

  /** Called when pages are locked or left; replies still on their way are discarded. */
  clear(): void {
    this.#cleared += 1;
    this.list = [];
    this.contacts = {};
    this.loaded = false;
  }

  #isMe = (s: Side | undefined): boolean => s !== undefined && s.acct === this.signin.me?.acct;

  /** The pairings in which this person is the participant, open ones first. */
  get mine(): Assignment[] {
    return this.list.filter((a) => this.#isMe(a.participant)).sort((a, b) => Number(a.ended !== undefined) - Number(b.ended !== undefined));
  }

  /** The pairings in which this person is the mentor. */
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

  /** The name of the other side; '' for a mentor whom the server did not tell it. */
  nameOf(a: Assignment): string {
    const other = this.other(a);
    return (other && (this.contacts[other.acct]?.name ?? other.room_name)) ?? a.invited ?? '';
  }

  stage(a: Assignment): Stage {
    const other = this.other(a);
    if (a.ended) return 'ended';
    // A mentor who is not of the house learns who it is with the consent.
    if (!a.participant) return 'consent';
    if (!other) return 'invited';
    if (a.consent?.state !== 'open') return 'consent';
    return this.contacts[other.acct] ? 'open' : 'compare';
  }

  /** The mentors for whom pages can be turned on. */
  get readers(): Assignment[] {
    return this.mine.filter((a) => this.stage(a) === 'open');
  }

  /** Mentors whose pairing has ended, and whose answers still count: the server's word alone does
   * not prove that they left. */
  get left(): Assignment[] {
    const walks = (acct: string) => this.mine.some((a) => !a.ended && a.mentor?.acct === acct);
    const gone = this.mine.filter((a) => a.mentor && a.ended && this.contacts[a.mentor.acct] && !walks(a.mentor.acct));
    return gone.filter((a, i) => gone.findIndex((o) => o.mentor?.acct === a.mentor?.acct) === i);
  }

  /** The person states that a mentor left: that mentor's answers stop counting, and nothing is
   * sealed for them. Offline it takes effect here at once, and is uploaded with the next vault. */
  async leave(a: Assignment): Promise<void> {
    const acct = a.mentor?.acct;
    if (!acct) return;
    try {
      await changeVault(this.signin, () => this.signin.vault.unpin(acct));
    } finally {
      this.contacts = await this.signin.vault.contacts();
      tellTabs();
    }
    await this.load();
    await this.sheets.load();
  }

  async sign(a: Assignment, language: string, months: number): Promise<void> {
    await call(op.signConsent, { params: { assignment: a.id }, body: { text_version: CONSENT, language, months } });
    await this.load();
  }

  async revoke(a: Assignment): Promise<void> {
    if (!a.consent) return;
    await call(op.revokeConsent, { params: { consent: a.consent.id } });
    tellTabs();
    await this.load();
  }

  /** Compares by the other person's scanned code. The key is fetched once, and exactly the checked
   * bytes are stored. Errors: E_CODE, E_PIN. */
  async pinByCode(a: Assignment, code: string): Promise<void> {
    await this.#pin(a, (other, bundle) => this.signin.vault.pinByCode(code, other.acct, bundle, other.room_name, today()));
  }

  /** Compares by words read aloud; `at` are their positions, from 0. */
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

  /** Turns a page on for a mentor: first the grant, then the vault, then the page as it is now. A
   * plan is sealed for them only when it is sent. */
  async share(ws: string, acct: string): Promise<void> {
    const sheet = await this.sheets.open(ws);
    if (await this.sheets.askIsAbout(ws, acct)) throw new SealError('E_NEAR');
    await sheet.flush();
    // The new grant would give access to old versions that are still sealed for a former reader.
    await sheet.sharing.narrow();
    await call(op.share, { params: { ws, reader: acct } });
    try {
      await changeVault(this.signin, () => this.signin.vault.setConsent(ws, acct, true));
    } catch (e) {
      // The grant did not reach the server, so the page must be off here as well.
      await this.signin.vault.setConsent(ws, acct, false).catch(() => undefined);
      throw e;
    }
    this.turned += 1;
    tellTabs();
    if (sheet.kind !== 'plan') await sheet.finish();
  }

  /** Turns a page off at once; then its stored versions are resealed without the person. */
  async unshare(ws: string, acct: string): Promise<void> {
    await call(op.unshare, { params: { ws, reader: acct } });
    tellTabs();
    await this.#off(ws, acct);
  }

  async #off(ws: string, acct: string): Promise<void> {
    await changeVault(this.signin, () => this.signin.vault.setConsent(ws, acct, false));
    this.turned += 1;
    await (await this.sheets.open(ws)).sharing.narrow();
    // Only now is it known who can read the older versions.
    this.turned += 1;
    tellTabs();
  }

  /** Turns off and reseals here what the server closed meanwhile (an expired consent, an ended
   * pairing), and closes grants of people whom a page is about. The server's list of grants can
   * only remove readers, and only those who were on before it was requested. */
  async settle(): Promise<void> {
    const { vault } = this.signin;
    const before = await vault.readers();
    const { grants } = await call(op.listGrants);
    const open: Record<string, string[]> = {};
    for (const g of grants) {
      if (this.sheets.isAbout(g.ws, g.reader)) await call(op.unshare, { params: { ws: g.ws, reader: g.reader } });
      else (open[g.ws] ??= []).push(g.reader);
    }
    await changeVault(this.signin, () => vault.consentsLeft(open, before));
    if (this.#narrowed.by !== vault) this.#narrowed = { by: vault, pages: {} };
    const on = await vault.readers();
    for (const row of this.sheets.rows) {
      if (row.readers.every((acct) => on[row.ws]?.includes(acct))) continue;
      this.#narrowed.pages[row.ws] = undefined;
      on[row.ws] ??= [];
    }
    let narrowed = false;
    for (const [ws, readers] of Object.entries(on)) narrowed = (await this.#narrow(ws, [...readers].sort().join()).catch(() => false)) || narrowed;
    if (narrowed) this.turned += 1;
  }

  /** Removes former readers from all versions of a page that was ever on for somebody: an older
   * version may still be sealed for them. Runs until it succeeds, then not again until the next
   * unlock. */
  async #narrow(ws: string, readers: string): Promise<boolean> {
    const { by, pages } = this.#narrowed;
    if (by !== this.signin.vault || (pages[ws] === readers && (await by.sharedVersions(ws)).left.length === 0)) return false;
    await this.sheets.narrow(ws);
    pages[ws] = readers;
    return true;
  }
}

/** The pairings of the person who is signed in, one for the life of the app. */
export function usePairs(): Pairs {
  const holder = useHolder();
  holder.pairs ??= new Pairs(useSignin(), useSheets());
  return holder.pairs as Pairs;
}
