// One page being written. What must hold: a word that was typed is sealed on this device at once,
// whatever happens then; two devices that change one page lose nothing; a page that
// was deleted is brought back by nobody.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import type { Signin } from '../signin/signin.svelte';
import { SealError } from '../vault/error';
import { byVault, changeVault, fetchVault } from '../signin/vaultsync';
import type { ResealedDoc } from '../vault/keeper';
import { fromBody, sameAnswers, titleOf, toBody, type Answers } from './answers';
import { kindOf, newestOf, type Kind, type Tpl } from './forms';
import { Keeping } from './keeping.svelte';
import { tellTabs } from './othertabs';
import { isWhole } from './whole';

const SAVE_EVERY = 60_000;

/** Drafts of other documents than pages are kept under a key of their own. */
export const MINE = 'mine:';

export type Saved = 'fresh' | 'device' | 'saving' | 'server' | 'error';

export interface Conflict {
  theirs: Answers;
  tpl: Tpl;
  ver: number;
  hc: string;
}

export class Sheet {
  answers = $state<Answers>({});
  saved = $state<Saved>('fresh');
  savedAt = $state(0);
  conflict = $state.raw<Conflict | null>(null);
  /** The server's copy could not be proven to be ours; it is not shown. */
  refused = $state(false);
  offline = $state(false);
  /** The page was deleted on this device, here or in another tab: nothing of it is kept. */
  gone = $state(false);
  /** Nothing of a page that is not new could be read: there is nothing to write into. */
  missing = $state(false);
  /** The server has no version of a page that had some: another device deleted it, and what was
   * written here is on this device alone. */
  elsewhere = $state(false);
  readonly keeping = new Keeping();
  /** It let go of its words, for a lock or a leaving: it shows, keeps and sends nothing any more. */
  released = false;
  /** The people the newest version on the server is sealed for, beside its owner; the file says so. */
  sentTo = $state.raw<string[]>([]);
  /** A version for others is on its way, or its answer was lost: it may be stored or not. */
  unsure = $state(false);
  /** The server closed somebody's grant: the page was sealed without them. */
  readerGone = $state(false);
  /** Counts how often every version was seen sealed for nobody who is off the page. */
  narrowed = $state(0);
  /** The newest words are saved, and not sealed for those the page is on for. */
  unshared = $state(false);
  kind = $state<Kind>('entry');
  /** Puts what is known of the person into a plan, whenever its words came from somewhere. */
  settle: (() => Promise<void>) | null = null;
  /** The form that these words were written with. */
  tpl = $state<Tpl>(newestOf('entry'));

  /** The version that these words were written on, and its content hash. */
  #base = 0;
  #hc: string | null = null;
  #dirty = false;
  #changes = 0;
  #saveTimer = 0;
  #lastSave = 0;
  #saving: Promise<void> | null = null;
  /** The server said that it has no version. */
  #absent = false;

  /** `mine` is the note to oneself that stands beside an entry, a document of its own. */
  constructor(
    readonly ws: string,
    private readonly signin: Signin,
    readonly typ: 'worksheet' | 'mine' = 'worksheet',
  ) {
    if (typ === 'mine') this.tpl = 'mine@1';
  }

  get #draftKey(): string {
    return this.typ === 'mine' ? MINE + this.ws : this.ws;
  }

  /** Begins a new page of a form. */
  begin(tpl: Tpl, answers: Answers = {}): void {
    if (this.released) return;
    [this.kind, this.tpl] = [kindOf(tpl), tpl];
    this.answers = answers;
  }

  /** A name is all that a page needs to be saved: what is still open is asked for before it is
   * shared, and never stands between a person's words and a safe place for them. */
  get savable(): boolean {
    return this.typ === 'mine' || this.title !== '';
  }

  /** The newest version on the server: 0 before there is one. */
  get version(): number {
    return this.#base;
  }

  get hash(): string {
    return this.#hc ?? '';
  }

  get title(): string {
    return titleOf(this.answers);
  }

  /** Every word is sealed, on this device or on the server: only then may another copy go. */
  get safe(): boolean {
    return !this.keeping.failing && this.saved !== 'saving' && this.saved !== 'fresh';
  }

  get unsent(): boolean {
    return this.#dirty;
  }

  /** Reads the newest version and this device's draft. A draft on an older base than the
   * server's newest is a conflict, and both are kept. A fresh page asks nobody. */
  async load(fresh = false): Promise<void> {
    const newest = fresh ? null : await this.#newest();
    const draft = (await this.signin.vault.drafts()).find((d) => d.ws === this.#draftKey);
    this.missing = false;
    if (draft?.body) {
      this.#read(fromBody(draft.body));
      this.#base = draft.base;
      this.#hc = draft.hc;
      this.#dirty = true;
      this.saved = 'device';
      this.elsewhere = draft.base > 0 && this.#absent;
      if (newest && newest.ver > draft.base) await this.#meet(newest);
      else if (newest) this.#hc = newest.hc;
      this.#planSave();
      return;
    }
    if (newest) this.#take(newest);
    this.missing = !fresh && !newest && this.typ === 'worksheet';
  }

  #read(b: { tpl: Tpl; kind: Kind; answers: Answers }): void {
    // What comes in after a lock is shown to nobody.
    if (this.released) return;
    this.answers = b.answers;
    if (this.typ === 'worksheet') [this.kind, this.tpl] = [b.kind, b.tpl];
  }

  /** Another copy is newer than these words. Where only what is known of the person differs there
   * is nothing to choose: both go on, and the stricter result stays. */
  async #meet(c: Conflict): Promise<void> {
    if (this.released) return;
    // Two that say the same are one: an upload whose answer was lost, or the same edit twice.
    if (sameAnswers($state.snapshot(this.answers) as Answers, c.theirs)) {
      this.#take(c);
      this.conflict = null;
      this.keeping.stop();
      await this.keeping.done;
      if (!this.#dirty) await this.signin.vault.dropDraft(this.#draftKey).catch(() => undefined);
      return;
    }
    this.conflict = c;
    if (this.kind !== 'plan') return;
    const { keepStrongest, sameWords } = await keeping();
    if (this.conflict !== c || !sameWords($state.snapshot(this.answers) as Answers, c.theirs)) return;
    this.conflict = null;
    this.answers = keepStrongest($state.snapshot(this.answers) as Answers, c.theirs);
    this.#base = c.ver;
    this.#hc = c.hc;
    this.#planSave();
  }

  #take(c: Conflict): void {
    this.#read({ ...fromBody(JSON.stringify({ tpl: c.tpl })), answers: c.theirs });
    this.#base = c.ver;
    this.#hc = c.hc;
    this.#dirty = false;
    this.unsure = false;
    this.saved = 'server';
  }

  async #newest(): Promise<Conflict | null> {
    this.#absent = false;
    try {
      return await byVault(this.signin, async () => {
        const row = (await this.#versions()).at(-1);
        this.#absent = !row;
        if (!row) return null;
        this.elsewhere = false;
        // Until the file itself is open, what the server says is shown and used for nothing.
        this.sentTo = row.readers.slice(1);
        const opened = await this.signin.vault.openDoc(this.typ, this.ws, row.ver, await call(op.openSealed, { params: { id: row.id } }));
        this.sentTo = opened.readers;
        const body = fromBody(opened.body);
        this.refused = false;
        return { theirs: body.answers, tpl: body.tpl, ver: row.ver, hc: opened.hc };
      });
    } catch (e) {
      if (e instanceof SealError) this.refused = true;
      if (e instanceof ApiFault && e.offline) this.offline = true;
      this.#absent = e instanceof ApiFault && e.status === 404;
      return null;
    }
  }

  async #versions() {
    return (await call(op.listVersions, { params: { ws: this.ws } })).sealed.filter((s) => s.typ === this.typ);
  }

  /** Something was typed. */
  changed(): void {
    if (this.released || this.missing) return;
    this.#dirty = true;
    this.saved = 'saving';
    this.#changes += 1;
    void this.keep();
    this.#planSave();
  }

  /** Seals the words on this device. */
  keep(): Promise<void> {
    if (!this.#dirty || this.gone || this.released) return this.keeping.done;
    // Taken now: the page may have let go of its words when their turn comes.
    const [body, change] = [toBody(this.tpl, $state.snapshot(this.answers) as Answers), this.#changes];
    return this.keeping.newest(async () => {
      if (this.gone) return;
      const kept = await this.keeping.wait(
        () => this.signin.vault.keepDraft(this.#draftKey, this.#base, this.#hc, body).catch((e: unknown) => this.#refused(e)),
        () => this.signin.open && void this.keep(),
      );
      if (kept && this.saved === 'saving' && change === this.#changes) this.saved = 'device';
    });
  }

  /** The store keeps no draft of a page that was deleted. */
  #refused(e: unknown): void {
    if (!(e instanceof SealError) || e.code !== 'E_GONE') throw e;
    void this.end();
  }

  /** The page is deleted: nothing of it is kept or sent from here on. Waits for what is on its
   * way to the server. */
  async end(): Promise<void> {
    this.gone = true;
    clearTimeout(this.#saveTimer);
    this.keeping.stop();
    await Promise.all([this.keeping.done, this.#saving?.catch(() => undefined)]);
  }

  #planSave(): void {
    if (this.#saveTimer || this.released) return;
    const wait = Math.max(2_000, this.#lastSave + SAVE_EVERY - Date.now());
    this.#saveTimer = window.setTimeout(() => {
      this.#saveTimer = 0;
      void this.save().catch(() => undefined);
    }, wait);
  }

  async flush(): Promise<void> {
    // What is on its way may fail, and is this device's again then.
    if (!this.#dirty) await this.#saving?.catch(() => undefined);
    if (!this.#dirty) return;
    await this.keep();
    await this.save().catch(() => undefined);
  }

  /** Seals a version to the server, to the owner alone. Without a signal the draft stays, and
   * it is tried again. */
  save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  /** Ends a sitting: what is written is saved, and then sealed for everybody the page is on for.
   * A mentor never watches a page being written. It fails when the words are saved and the
   * mentors do not have them; then `unshared` says so, and it can be tried again. */
  async finish(): Promise<void> {
    if (this.#saving) await this.#saving.catch(() => undefined);
    if (this.#dirty) {
      await this.keep();
      await this.save();
    }
    if (this.typ !== 'worksheet' || this.#dirty || this.#base === 0 || !this.signin.open) return;
    const readers = await this.signin.vault.readersOf(this.ws);
    if (sameSet(readers, this.sentTo)) return;
    try {
      await (readers.length === 0 ? this.narrow() : this.#share());
      this.unshared = false;
    } catch (e) {
      this.unshared = readers.length > 0;
      throw e;
    }
  }

  async #save(): Promise<void> {
    if (!this.#dirty || this.conflict || !this.signin.open || !this.savable) return;
    await this.keep();
    const me = this.signin.me;
    if (!me || this.gone || this.released) return;
    this.#dirty = false;
    const body = toBody(this.tpl, $state.snapshot(this.answers) as Answers);
    const ver = this.#base + 1;
    try {
      const hc = await this.#put(ver, body, me.acct);
      // The draft goes when the page is next opened: there may be later words in it.
      if (this.released) return;
      this.#base = ver;
      this.#hc = hc;
      this.#lastSave = Date.now();
      this.offline = false;
      if (this.typ === 'worksheet') await this.#noteInVault(ver, hc);
      if (this.#dirty) {
        // Words came in meanwhile: their draft now stands on the new version.
        await this.keep();
        this.#planSave();
      } else {
        this.saved = 'server';
        this.keeping.stop();
        await this.signin.vault.dropDraft(this.#draftKey).catch(() => undefined);
        this.savedAt = Date.now();
      }
    } catch (e) {
      // The words went with a lock, and their draft has them: what is here now is empty.
      if (this.released) return;
      this.#dirty = true;
      await this.#notSaved(e);
    }
  }

  /** Uploads one version. */
  async #put(ver: number, body: string, me: string): Promise<string> {
    const sealed = await this.signin.vault.sealDoc(this.typ, this.ws, ver, this.#hc, body);
    await call(op.saveWorksheet, { params: { ws: this.ws, ver: String(ver) }, body: { typ: this.typ, readers: [me], replace: false, file: sealed.file } });
    if (this.sentTo.length > 0) tellTabs();
    this.sentTo = [];
    this.unsure = false;
    return sealed.hc;
  }

  /** Seals the newest version for everybody the page is on for. Another tab or device may have
   * stored a newer one: that one is read then, and sealed for them. */
  async #share(): Promise<void> {
    try {
      await this.#shareNewest();
    } catch (e) {
      if (!(e instanceof SealError) || e.code !== 'E_ROLLBACK') throw e;
      const newest = await this.#newest();
      if (!newest || newest.ver <= this.#base || this.#dirty || this.conflict || this.gone) throw e;
      this.#take(newest);
      await this.#shareNewest();
    }
  }

  /** Without a new version. The server has the vault that names it first: another device would
   * not know it otherwise. A lock forgot what was noted and not brought, so it is noted again. */
  async #shareNewest(): Promise<void> {
    await fetchVault(this.signin);
    const [title, ver, hc] = [this.title, this.#base, this.hash];
    await changeVault(this.signin, () => this.signin.vault.noteSheet(this.ws, title, ver, hc));
    const row = (await this.#versions()).find((r) => r.ver === this.#base);
    if (!row) throw new SealError('E_ROLLBACK');
    const sealed = await this.signin.vault.shareDoc(this.ws, await call(op.openSealed, { params: { id: row.id } }));
    try {
      await this.#replace(sealed);
    } catch (e) {
      if (!(e instanceof ApiFault) || e.code !== 'worksheet.reader_refused') throw e;
      await this.#readersRefused(sealed.readers);
      return;
    }
    // No list that leaves this version out is believed from here on, on any device.
    await changeVault(this.signin, () => this.signin.vault.noteSent(this.ws, sealed.ver, sealed.readers)).catch(() => undefined);
    tellTabs();
    // Words that were saved meanwhile are not sealed for anybody yet.
    if (this.#base === sealed.ver) this.sentTo = sealed.readers;
  }

  /** A closed grant never blocks saving: the page goes off for its readers, and says so. */
  async #readersRefused(readers: string[]): Promise<void> {
    this.readerGone = true;
    for (const acct of readers) await changeVault(this.signin, () => this.signin.vault.setConsent(this.ws, acct, false)).catch(() => undefined);
    await this.narrow();
  }

  /** Seals every stored version anew without the people whom the page is not on for any more.
   * For whom each is sealed its own file says; the server's list could leave a reader out. */
  async narrow(): Promise<void> {
    await fetchVault(this.signin);
    const on = await this.signin.vault.readersOf(this.ws);
    const off = (acct: string): boolean => !on.includes(acct);
    let fault: unknown = null;
    let sealed = false;
    const rows = (await this.#versions()).reverse();
    // The newest first, which says the most; one that fails keeps none of the others back.
    for (const row of rows) {
      try {
        const less = await this.signin.vault.resealDoc(this.ws, row.ver, await call(op.openSealed, { params: { id: row.id } }));
        if (less) await this.#replace(less);
        sealed ||= less !== null;
      } catch (e) {
        fault ??= e;
      }
    }
    this.sentTo = this.sentTo.filter((acct) => !off(acct));
    if (sealed) tellTabs();
    if (fault) throw fault;
    const vers = rows.map((r) => r.ver);
    if (!isWhole(vers, (await this.signin.vault.standingOf(this.ws)).head)) return;
    await changeVault(this.signin, () => this.signin.vault.noteLeft(this.ws, vers)).catch(() => undefined);
    this.narrowed += 1;
  }

  async #replace(sealed: ResealedDoc): Promise<void> {
    const readers = [this.signin.me?.acct ?? '', ...sealed.readers];
    const was = this.unsure;
    this.unsure ||= sealed.readers.length > 0;
    try {
      await call(op.saveWorksheet, { params: { ws: this.ws, ver: String(sealed.ver) }, body: { typ: 'worksheet', readers, replace: true, file: sealed.file } });
      this.unsure = false;
    } catch (e) {
      if (isNo(e)) this.unsure = was;
      throw e;
    }
  }

  async #notSaved(e: unknown): Promise<void> {
    if (e instanceof ApiFault && e.offline) {
      this.offline = true;
      this.saved = 'device';
      this.#saveTimer = window.setTimeout(() => {
        this.#saveTimer = 0;
        void this.save().catch(() => undefined);
      }, 5_000);
      return;
    }
    if (e instanceof ApiFault && e.status === 401) {
      this.saved = 'device';
      return;
    }
    if (e instanceof ApiFault && e.code === 'worksheet.moved_on') {
      const newest = await this.#newest();
      if (newest) await this.#meet(newest);
      else this.elsewhere = this.#absent;
      if (this.#dirty) this.saved = 'device';
      return;
    }
    this.saved = 'error';
    throw e;
  }

  /** The vault lists the newest version, so that an old one cannot be passed off as new. An
   * upload that fails comes with the next one; sharing waits for it. */
  async #noteInVault(ver: number, hc: string): Promise<void> {
    await changeVault(this.signin, () => this.signin.vault.noteSheet(this.ws, this.title, ver, hc)).catch((e: unknown) => {
      if (e instanceof SealError && e.code === 'E_CHAIN') this.refused = true;
    });
  }

  /** Ends a conflict: what was written here becomes the next version after the other one. */
  async useMine(): Promise<void> {
    const c = this.conflict;
    if (!c) return;
    const safety = this.kind === 'plan' ? await keeping() : null;
    this.#base = c.ver;
    this.#hc = c.hc;
    if (safety) this.answers = safety.keepStrongest($state.snapshot(this.answers) as Answers, c.theirs);
    this.conflict = null;
    this.#dirty = true;
    await this.settle?.();
    await this.save();
  }

  /** Ends a conflict with the other device's words; these here are dropped by choice. */
  async useTheirs(): Promise<void> {
    const c = this.conflict;
    if (!c) return;
    const safety = this.kind === 'plan' ? await keeping() : null;
    const stricter = safety?.keepStrongest(c.theirs, $state.snapshot(this.answers) as Answers) ?? null;
    this.#take(c);
    if (stricter) this.answers = stricter;
    this.conflict = null;
    await this.keeping.done;
    await this.signin.vault.dropDraft(this.#draftKey);
    if (!stricter || toBody(c.tpl, stricter) === toBody(c.tpl, c.theirs)) return;
    // What was found out here stays, whichever words go on.
    await this.settle?.();
    this.changed();
    await this.flush();
  }

  dispose(): void {
    this.keeping.stop();
    clearTimeout(this.#saveTimer);
    // A page that lets go of its words keeps and sends nothing: a late flush would write it empty.
    this.#dirty = false;
    this.released = true;
    this.answers = {};
    this.conflict = null;
  }
}

/** What a conflict of plans needs; a page without one does not load it. */
const keeping = () => import('./safety/keep');

/** The server said no: what was sent is not stored. */
const isNo = (e: unknown): boolean => e instanceof ApiFault && e.status >= 400 && e.status < 500;

const sameSet = (a: string[], b: string[]): boolean => a.length === b.length && a.every((x) => b.includes(x));
