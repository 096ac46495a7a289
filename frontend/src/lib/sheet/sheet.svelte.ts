// One page being written. What must hold: a word that was typed is sealed on this device within
// a second, whatever happens then; two devices that change one page lose nothing.

import { api, apiBytes, ApiFault } from '../net/api';
import type { Signin } from '../signin/signin.svelte';
import { SealError } from '../vault/error';
import type { VaultFile, SealedList } from '../wire/wire';
import { fromBody, titleOf, toBody, type Answers } from './entry';

const DRAFT_AFTER = 300;
const DRAFT_AT_MOST = 1000;
const SAVE_EVERY = 60_000;

export type Saved = 'fresh' | 'device' | 'saving' | 'server' | 'error';

export interface Conflict {
  theirs: Answers;
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

  /** The version that these words were written on, and its content hash. */
  #base = 0;
  #hc: string | null = null;
  #dirty = false;
  #draftTimer = 0;
  #firstChange = 0;
  #saveTimer = 0;
  #lastSave = 0;
  #saving: Promise<void> | null = null;
  #draft: Promise<void> = Promise.resolve();

  constructor(
    readonly ws: string,
    private readonly signin: Signin,
  ) {}

  get title(): string {
    return titleOf(this.answers);
  }

  get unsent(): boolean {
    return this.#dirty;
  }

  /** Reads the newest version and this device's draft. A draft on an older base than the
   * server's newest is a conflict, and both are kept. A fresh page asks nobody. */
  async load(fresh = false): Promise<void> {
    const newest = fresh ? null : await this.#newest();
    const draft = (await this.signin.vault.drafts()).find((d) => d.ws === this.ws);
    if (draft?.body) {
      this.answers = fromBody(draft.body);
      this.#base = draft.base;
      this.#hc = draft.hc;
      this.#dirty = true;
      this.saved = 'device';
      if (newest && newest.ver > draft.base) this.conflict = newest;
      return;
    }
    if (newest) this.#take(newest);
  }

  #take(c: Conflict): void {
    this.answers = c.theirs;
    this.#base = c.ver;
    this.#hc = c.hc;
    this.#dirty = false;
    this.saved = 'server';
  }

  async #newest(): Promise<Conflict | null> {
    try {
      const list = await api<SealedList>('GET', `/worksheets/${this.ws}/versions`);
      const row = list.sealed.filter((s) => s.typ === 'worksheet').at(-1);
      if (!row) return null;
      const opened = await this.signin.vault.openDoc('worksheet', this.ws, row.ver, await apiBytes('/sealed/' + row.id));
      return { theirs: fromBody(opened.body), ver: row.ver, hc: opened.hc };
    } catch (e) {
      if (e instanceof SealError) this.refused = true;
      if (e instanceof ApiFault && e.offline) this.offline = true;
      return null;
    }
  }

  /** Something was typed. */
  changed(): void {
    this.#dirty = true;
    this.saved = 'saving';
    const now = Date.now();
    this.#firstChange ||= now;
    clearTimeout(this.#draftTimer);
    const wait = Math.max(0, Math.min(DRAFT_AFTER, this.#firstChange + DRAFT_AT_MOST - now));
    this.#draftTimer = window.setTimeout(() => void this.keep(), wait);
    this.#planSave();
  }

  /** Seals the words on this device. */
  keep(): Promise<void> {
    clearTimeout(this.#draftTimer);
    this.#firstChange = 0;
    if (!this.#dirty) return this.#draft;
    const body = toBody($state.snapshot(this.answers) as Answers);
    this.#draft = this.#draft
      .then(() => this.signin.vault.keepDraft(this.ws, this.#base, this.#hc, body))
      .then(
        () => {
          if (this.saved === 'saving') this.saved = 'device';
        },
        () => {
          this.saved = 'error';
        },
      );
    return this.#draft;
  }

  #planSave(): void {
    if (this.#saveTimer) return;
    const wait = Math.max(2_000, this.#lastSave + SAVE_EVERY - Date.now());
    this.#saveTimer = window.setTimeout(() => {
      this.#saveTimer = 0;
      void this.save().catch(() => undefined);
    }, wait);
  }

  async flush(): Promise<void> {
    if (!this.#dirty) return;
    await this.keep();
    await this.save().catch(() => undefined);
  }

  /** Seals a version to the server. Without a signal the draft stays, and it is tried again. */
  save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  async #save(): Promise<void> {
    if (!this.#dirty || this.conflict || !this.signin.open || this.title === '') return;
    await this.keep();
    const me = this.signin.me;
    if (!me) return;
    this.#dirty = false;
    const body = toBody($state.snapshot(this.answers) as Answers);
    const ver = this.#base + 1;
    try {
      const sealed = await this.signin.vault.sealDoc('worksheet', this.ws, ver, this.#hc, body);
      await api('PUT', `/worksheets/${this.ws}/versions/${ver}`, { body: { typ: 'worksheet', readers: [me.acct], replace: false, file: sealed.file } });
      this.#base = ver;
      this.#hc = sealed.hc;
      this.#lastSave = Date.now();
      this.offline = false;
      await this.#noteInVault(ver, sealed.hc);
      if (this.#dirty) {
        // Words came in meanwhile: their draft now stands on the new version.
        await this.keep();
        this.#planSave();
      } else {
        await this.signin.vault.dropDraft(this.ws);
        this.saved = 'server';
        this.savedAt = Date.now();
      }
    } catch (e) {
      this.#dirty = true;
      await this.#notSaved(e);
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
      if (newest) this.conflict = newest;
      this.saved = 'device';
      return;
    }
    this.saved = 'error';
    throw e;
  }

  /** The vault lists the newest version, so that an old one cannot be passed off as new. */
  async #noteInVault(ver: number, hc: string): Promise<void> {
    for (let tries = 0; tries < 3; tries++) {
      const next = await this.signin.vault.noteSheet(this.ws, this.title, ver, hc);
      try {
        await api('PUT', '/vault', { body: next, headers: { 'If-Match': String(next.ctr - 1) } });
        await this.signin.vault.vaultSaved(next.ctr);
        return;
      } catch (e) {
        if (!(e instanceof ApiFault) || e.status !== 409) return;
        const file = await api<VaultFile>('GET', '/vault');
        await this.signin.vault.openVault(file.ctr, file.file);
      }
    }
  }

  /** Ends a conflict: what was written here becomes the next version after the other one. */
  async useMine(): Promise<void> {
    const c = this.conflict;
    if (!c) return;
    this.#base = c.ver;
    this.#hc = c.hc;
    this.conflict = null;
    this.#dirty = true;
    await this.save();
  }

  /** Ends a conflict with the other device's words; these here are dropped by choice. */
  async useTheirs(): Promise<void> {
    const c = this.conflict;
    if (!c) return;
    this.conflict = null;
    this.#take(c);
    await this.signin.vault.dropDraft(this.ws);
  }

  dispose(): void {
    clearTimeout(this.#draftTimer);
    clearTimeout(this.#saveTimer);
    this.answers = {};
  }
}
