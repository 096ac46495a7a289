// One page being written. Invariants: a typed word is sealed on this device at once, whatever
// happens next; two devices that edit one page lose nothing; nothing brings back a deleted page.
// Uploads are in saving.ts, the server's newest version in newest.ts, conflicts in conflict.ts, and
// sealing for readers in sharing.svelte.ts.

import type { Signin } from '../signin/signin.svelte';
import { SealError } from '../vault/error';
import { fromBody, titleOf, toBody, type Answers } from './answers';
import { meet } from './conflict';
import { kindOf, newestOf, type Kind, type Tpl } from './forms';
import { Keeping } from './keeping.svelte';
import { fetchNewest, type ServerVersion } from './newest';
import { Saving } from './saving';
import { Sharing } from './sharing.svelte';
import { TabDrafts } from './tabdrafts';

/** Key prefix for drafts of the note to oneself. */
export const MINE = 'mine:';

export type Saved = 'fresh' | 'device' | 'saving' | 'server' | 'error';

export class Sheet {
  answers = $state<Answers>({});
  saved = $state<Saved>('fresh');
  savedAt = $state(0);
  /** The other copy of a conflict: a version on the server that these words are not based on. */
  conflict = $state.raw<ServerVersion | null>(null);
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
  kind = $state<Kind>('entry');
  /** The form that these words were written with. */
  tpl = $state<Tpl>(newestOf('entry'));
  readonly keeping = new Keeping();
  readonly saving = new Saving(this);
  readonly sharing = new Sharing(this);
  readonly drafts: TabDrafts;
  /** The sheet released its words for a lock or a sign-out: it shows, stores and sends nothing any
   * more. */
  released = false;
  /** Merges what is known about the person into a plan, whenever its words were loaded from
   * somewhere. */
  settle: (() => Promise<void>) | null = null;
  /** There are words that the server does not have. Not drawn, like the next three fields, which
   * saving, conflicts and sharing share. */
  unsent = false;
  /** The version that these words are based on (0 before there is one), and its content hash. */
  base: { ver: number; hc: string | null } = { ver: 0, hc: null };
  /** The server said that it has no version. */
  absent = false;
  #changes = 0;

  /** `mine` is the note to oneself beside an entry, a document of its own. */
  constructor(
    readonly ws: string,
    readonly signin: Signin,
    readonly typ: 'worksheet' | 'mine' = 'worksheet',
  ) {
    if (typ === 'mine') this.tpl = 'mine@1';
    this.drafts = new TabDrafts(signin, typ === 'mine' ? MINE + ws : ws);
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
    return this.base.ver;
  }

  get hash(): string {
    return this.base.hc ?? '';
  }

  get title(): string {
    return titleOf(this.answers);
  }

  /** All words are sealed, on this device or on the server: only then may another copy be deleted. */
  get safe(): boolean {
    return !this.keeping.failing && this.saved !== 'saving' && this.saved !== 'fresh';
  }

  /** The answers as they are now, in a copy that later edits do not change. */
  snapshot(): Answers {
    return $state.snapshot(this.answers) as Answers;
  }

  /** Reads the newest version and this device's draft. A draft based on an older version than the
   * server's newest is a conflict, and both are kept. A fresh page makes no request. */
  async load(fresh = false): Promise<void> {
    const newest = fresh ? null : await fetchNewest(this);
    const draft = await this.drafts.find(newest === null);
    this.missing = false;
    if (draft?.body) {
      this.#read(fromBody(draft.body));
      this.base = { ver: draft.base, hc: draft.hc };
      this.unsent = true;
      this.saved = 'device';
      this.elsewhere = draft.base > 0 && this.absent;
      if (this.typ === 'mine' && (await this.drafts.unread()).length > 0) await (await import('./unread')).joinNotes(this);
      if (newest && newest.ver > draft.base) await meet(this, newest);
      else if (newest) this.base.hc = newest.hc;
      this.saving.plan();
      return;
    }
    if (newest) this.take(newest);
    this.missing = !fresh && !newest && this.typ === 'worksheet';
  }

  #read(b: { tpl: Tpl; kind: Kind; answers: Answers }): void {
    // A reply that arrives after a lock is discarded.
    if (this.released) return;
    this.answers = b.answers;
    if (this.typ === 'worksheet') [this.kind, this.tpl] = [b.kind, b.tpl];
  }

  /** Replaces the words with a version of the server. */
  take(v: ServerVersion): void {
    this.#read({ ...fromBody(JSON.stringify({ tpl: v.tpl })), answers: v.answers });
    this.base = { ver: v.ver, hc: v.hc };
    this.unsent = false;
    this.saved = 'server';
  }

  /** Called when something was typed. */
  changed(): void {
    if (this.released || this.missing) return;
    this.unsent = true;
    this.saved = 'saving';
    this.#changes += 1;
    void this.keep();
    this.saving.plan();
  }

  /** Seals the words on this device. */
  keep(): Promise<void> {
    if (!this.unsent || this.gone || this.released) return this.keeping.done;
    // Snapshot now: the page may have released its words when the write's turn comes.
    const [body, change] = [toBody(this.tpl, this.snapshot()), this.#changes];
    return this.keeping.newest(async () => {
      if (this.gone) return;
      const kept = await this.keeping.wait(
        () => this.drafts.keep(this.base.ver, this.base.hc, body).catch((e: unknown) => this.#refused(e)),
        () => this.signin.open && void this.keep(),
      );
      if (kept && this.saved === 'saving' && change === this.#changes) this.saved = 'device';
    });
  }

  /** This device may have lost what it stored: what is on the screen is stored again. */
  again(): void {
    if (this.saved === 'device') this.saved = 'saving';
    void this.keep();
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
    this.saving.stop();
    this.keeping.stop();
    await Promise.all([this.keeping.done, this.saving.running?.catch(() => undefined)]);
  }

  async flush(): Promise<void> {
    // A running upload may fail; then the words must be stored on this device again.
    if (!this.unsent) await this.saving.running?.catch(() => undefined);
    if (!this.unsent) return;
    await this.keep();
    await this.save().catch(() => undefined);
  }

  /** Uploads a version sealed for the owner alone. Offline, the draft stays and the upload is
   * retried. */
  save(): Promise<void> {
    return this.saving.save();
  }

  /** Ends a writing session: saves, then seals for all readers, since a mentor never watches a page
   * being written. When the words are saved but the readers do not have them, it fails,
   * `sharing.unshared` is set, and the call can be repeated. */
  async finish(): Promise<void> {
    if (this.saving.running) await this.saving.running.catch(() => undefined);
    if (this.unsent) {
      await this.keep();
      await this.save();
    }
    if (this.typ !== 'worksheet' || this.unsent || this.base.ver === 0 || !this.signin.open) return;
    await this.sharing.bringToReaders();
  }

  dispose(): void {
    this.keeping.stop();
    this.saving.stop();
    // A sheet that released its words must store and send nothing: a late flush would write an
    // empty page.
    this.unsent = false;
    this.released = true;
    this.answers = {};
    this.conflict = null;
  }
}
