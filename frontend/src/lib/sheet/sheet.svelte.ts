// One page being written. Invariants: a typed word is sealed on this device at once, whatever
// happens next; two devices that edit one page lose nothing; nothing brings back a deleted page.

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

/** Key prefix for drafts of the note to oneself. */
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
  /** The server's copy could not be proven to be the person's own; it is not shown. */
  refused = $state(false);
  offline = $state(false);
  /** The page was deleted on this device, in this or another tab: nothing of it is stored. */
  gone = $state(false);
  /** Nothing of an existing page could be read, so there is nothing to write into. */
  missing = $state(false);
  /** The server has no version of a page that had some: another device deleted it, and the words
   * written here are on this device only. */
  elsewhere = $state(false);
  readonly keeping = new Keeping();
  /** The sheet released its words for a lock or a sign-out: it shows, stores and sends nothing any
   * more. */
  released = false;
  /** The people the newest version on the server is sealed for, without the owner, according to the
   * file. */
  sentTo = $state.raw<string[]>([]);
  /** A file sealed for others left this device, and no later upload was accepted: they may have it,
   * whatever the server says. */
  unsure = $state(false);
  /** The version that `unsure` is about. */
  #doubted = 0;
  /** The server closed a reader's grant: the page was resealed without them. */
  readerGone = $state(false);
  /** Counts how often all versions were verified to be sealed for no former reader. */
  narrowed = $state(0);
  /** The newest words are saved, but not sealed for the readers yet. */
  unshared = $state(false);
  kind = $state<Kind>('entry');
  /** Merges what is known about the person into a plan, whenever its words were loaded from
   * somewhere. */
  settle: (() => Promise<void>) | null = null;
  /** The form that these words were written with. */
  tpl = $state<Tpl>(newestOf('entry'));

  /** The version that these words are based on, and its content hash. */
  #base = 0;
  #hc: string | null = null;
  #dirty = false;
  #changes = 0;
  #saveTimer = 0;
  #lastSave = 0;
  #saving: Promise<void> | null = null;
  /** The server said that it has no version. */
  #absent = false;

  /** `mine` is the note to oneself beside an entry, a document of its own. */
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

  /** A name is enough to save a page: empty required fields are asked for before sharing, and never
   * keep a person's words from being stored safely. */
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

  /** All words are sealed, on this device or on the server: only then may another copy be deleted. */
  get safe(): boolean {
    return !this.keeping.failing && this.saved !== 'saving' && this.saved !== 'fresh';
  }

  get unsent(): boolean {
    return this.#dirty;
  }

  /** Reads the newest version and this device's draft. A draft based on an older version than the
   * server's newest is a conflict, and both are kept. A fresh page makes no request. */
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
    // A reply that arrives after a lock is discarded.
    if (this.released) return;
    this.answers = b.answers;
    if (this.typ === 'worksheet') [this.kind, this.tpl] = [b.kind, b.tpl];
  }

  /** Another copy is newer than these words. When they differ only in what is known about the
   * person, there is nothing to choose: both are merged, and the stricter result stays. */
  async #meet(c: Conflict): Promise<void> {
    if (this.released) return;
    // Two copies with equal answers are one: an upload whose reply was lost, or the same edit made
    // twice.
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
        // Until the file itself is open, the server's list is only shown, and used for nothing.
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

  /** Called when something was typed. */
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
    // Snapshot now: the page may have released its words when the write's turn comes.
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

  /** The store refuses drafts of a deleted page. */
  #refused(e: unknown): void {
    if (!(e instanceof SealError) || e.code !== 'E_GONE') throw e;
    void this.end();
  }

  /** The page is being deleted: from here on nothing of it is stored or sent. Waits for an upload
   * that is running. */
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
    // A running upload may fail; then the words must be stored on this device again.
    if (!this.#dirty) await this.#saving?.catch(() => undefined);
    if (!this.#dirty) return;
    await this.keep();
    await this.save().catch(() => undefined);
  }

  /** Uploads a version sealed for the owner alone. Offline, the draft stays and the upload is
   * retried. */
  save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  /** Ends a writing session: saves, then seals for all readers, since a mentor never watches a page
   * being written. When the words are saved but the readers do not have them, it fails, `unshared`
   * is set, and the call can be repeated. */
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
      // Do not delete the draft here: it may contain later words. The next load deletes it.
      if (this.released) return;
      this.#base = ver;
      this.#hc = hc;
      this.#lastSave = Date.now();
      this.offline = false;
      if (this.typ === 'worksheet') await this.#noteInVault(ver, hc);
      if (this.#dirty) {
        // Words typed during the upload: their draft is now based on the new version.
        await this.keep();
        this.#planSave();
      } else {
        this.saved = 'server';
        this.keeping.stop();
        await this.signin.vault.dropDraft(this.#draftKey).catch(() => undefined);
        this.savedAt = Date.now();
      }
    } catch (e) {
      // The words were released by a lock and are in the draft: what is in memory now is empty.
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
    return sealed.hc;
  }

  /** Seals the newest version for all readers. When another tab or device stored a newer version,
   * that one is loaded and sealed for them. */
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

  /** Shares without saving a new version. The vault that names the version is uploaded first, so
   * that other devices know it. A lock drops vault changes that were not uploaded, so the version
   * is recorded again. */
  async #shareNewest(): Promise<void> {
    await fetchVault(this.signin);
    const [title, ver, hc] = [this.title, this.#base, this.hash];
    await changeVault(this.signin, () => this.signin.vault.noteSheet(this.ws, title, ver, hc));
    const row = (await this.#versions()).find((r) => r.ver === this.#base);
    if (!row) throw new SealError('E_ROLLBACK');
    const sealed = await this.signin.vault.shareDoc(this.ws, await call(op.openSealed, { params: { id: row.id } }));
    await this.#noteSent(sealed);
    try {
      await this.#replace(sealed);
    } catch (e) {
      if (!(e instanceof ApiFault) || e.code !== 'worksheet.reader_refused') throw e;
      await this.#readersRefused(sealed.readers);
      return;
    }
    tellTabs();
  }

  /** Records for whom a version is sealed before the file leaves this device, since the server could
   * keep it and deny it. From here on no device and no tab takes a list that leaves these readers
   * out for the whole. Without this record nothing is sent. */
  async #noteSent({ ver, readers }: ResealedDoc): Promise<void> {
    const { vault } = this.signin;
    await changeVault(this.signin, () => vault.noteSent(this.ws, ver, readers));
    const { sent } = await vault.standingOf(this.ws);
    // Another device turned the page off in the meantime.
    if (readers.some((acct) => (sent[acct] ?? 0) < ver)) throw new SealError('E_ROLLBACK');
    tellTabs();
  }

  /** A closed grant never blocks saving: the page is withdrawn from these readers, and says so. A
   * refusal proves nothing, so the version is also resealed without them. */
  async #readersRefused(readers: string[]): Promise<void> {
    this.readerGone = true;
    for (const reader of readers) {
      await call(op.unshare, { params: { ws: this.ws, reader } }).catch(() => undefined);
      await changeVault(this.signin, () => this.signin.vault.setConsent(this.ws, reader, false)).catch(() => undefined);
    }
    tellTabs();
    await this.narrow();
  }

  /** Reseals every stored version without former readers. Each file says for whom it is sealed; the
   * server's list could leave a reader out. */
  async narrow(): Promise<void> {
    await fetchVault(this.signin);
    const { left } = await this.signin.vault.standingOf(this.ws);
    const on = await this.signin.vault.readersOf(this.ws);
    const off = (acct: string): boolean => !on.includes(acct);
    let fault: unknown = null;
    let sealed = false;
    const rows = (await this.#versions()).reverse();
    // Newest first, since it has the most content; a version that fails does not block the others.
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
    // Only versions that stood before: one that another device noted meanwhile was not resealed.
    const done = left.filter((ver) => vers.includes(ver));
    await changeVault(this.signin, () => this.signin.vault.noteLeft(this.ws, done, on)).catch(() => undefined);
    this.narrowed += 1;
  }

  async #replace({ ver, file, readers }: ResealedDoc): Promise<void> {
    if (readers.length > 0) [this.unsure, this.#doubted] = [true, ver];
    await call(op.saveWorksheet, { params: { ws: this.ws, ver: String(ver) }, body: { typ: 'worksheet', readers: [this.signin.me?.acct ?? '', ...readers], replace: true, file } });
    // Words saved in the meantime are not sealed for anybody yet.
    if (this.#base === ver) this.sentTo = readers;
    if (ver >= this.#doubted) this.unsure = false;
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

  /** Records the newest version in the vault, so that an old one cannot be passed off as new. A
   * failed upload is contained in the next one; sharing waits for it. */
  async #noteInVault(ver: number, hc: string): Promise<void> {
    await changeVault(this.signin, () => this.signin.vault.noteSheet(this.ws, this.title, ver, hc)).catch((e: unknown) => {
      if (e instanceof SealError && e.code === 'E_CHAIN') this.refused = true;
    });
  }

  /** Resolves a conflict with the words written here: they become the version after the other one. */
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

  /** Resolves a conflict with the other device's words; these are dropped by choice. */
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
    // The safety findings of this copy are kept, whichever words are chosen.
    await this.settle?.();
    this.changed();
    await this.flush();
  }

  dispose(): void {
    this.keeping.stop();
    clearTimeout(this.#saveTimer);
    // A sheet that released its words must store and send nothing: a late flush would write an
    // empty page.
    this.#dirty = false;
    this.released = true;
    this.answers = {};
    this.conflict = null;
  }
}

/** What a conflict of plans needs; loaded only when there is one. */
const keeping = () => import('./safety/keep');

const sameSet = (a: string[], b: string[]): boolean => a.length === b.length && a.every((x) => b.includes(x));
