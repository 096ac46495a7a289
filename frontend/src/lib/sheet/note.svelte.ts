// A counselor's private note on a workshop, sealed for the counselor alone and separate from
// everything else. Drafts are sealed on this device at once, like those of pages.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import type { Signin } from '../signin/signin.svelte';
import { byVault } from '../signin/vaultsync';
import { unb64u } from '../vault/bytes';
import { onLost } from '../vault/lost';
import type { DraftInfo } from '../vault/keeper';
import { Keeping } from './keeping.svelte';
import { joined } from './otherdrafts';
import { TabDrafts } from './tabdrafts';

const DRAFT = 'note:';

const wordsOf = (d: DraftInfo): string => (JSON.parse(d.body ?? '{"text":""}') as { text: string }).text;

export class WorkshopNote {
  words = $state('');
  saved = $state<'' | 'device' | 'saving' | 'server' | 'error'>('');
  loaded = $state(false);
  /** Conflict: another device saved a newer note. Its words are shown above these, and both are
   * kept. */
  other = $state('');
  readonly keeping = new Keeping();
  readonly #drafts: TabDrafts;

  #ver = 0;
  #hc: string | null = null;
  readonly #deaf = onLost(() => this.again());

  constructor(
    readonly workshop: string,
    private readonly signin: Signin,
  ) {
    this.#drafts = new TabDrafts(signin, DRAFT + workshop);
  }

  async load(): Promise<void> {
    await this.#newest();
    const draft = await this.#drafts.find(this.#ver === 0);
    if (draft) {
      this.words = wordsOf(draft);
      this.saved = 'device';
      await this.#join();
    }
    this.loaded = true;
  }

  /** What other tabs that are gone had written follows the words here. */
  async #join(): Promise<void> {
    for (const d of await this.#drafts.unread()) {
      this.words = joined(this.words, wordsOf(d));
      this.#drafts.took(d);
      this.changed();
    }
  }

  async #newest(): Promise<void> {
    const o = await byVault(this.signin, async () => {
      const note = await call(op.readNote, { params: { workshop: this.workshop } });
      return note.file ? this.signin.vault.openDoc('note', this.workshop, note.ver, unb64u(note.file)) : null;
    });
    if (!o) return;
    [this.#ver, this.#hc] = [o.ver, o.hc];
    this.words = (JSON.parse(o.body) as { text: string }).text;
    this.saved = 'server';
  }

  changed(): void {
    this.saved = 'saving';
    void this.keep();
  }

  /** This device may have lost the words that it stored: they are stored again. */
  again(): void {
    if (this.saved === 'device') this.changed();
  }

  /** Keeps the last words; nothing is stored by itself from then on. */
  close(): Promise<void> {
    this.#deaf();
    return this.keep();
  }

  keep(): Promise<void> {
    if (this.saved !== 'saving') return this.keeping.done;
    const words = this.words;
    return this.keeping.newest(async () => {
      const kept = await this.keeping.wait(
        () => this.#drafts.keep(this.#ver, this.#hc, JSON.stringify({ text: words })),
        () => this.signin.open && void this.keep(),
      );
      if (kept && this.words === words && this.saved === 'saving') this.saved = 'device';
    });
  }

  /** Uploads the next sealed version. */
  async save(): Promise<void> {
    await this.keep();
    const mine = this.words;
    try {
      const sealed = await this.signin.vault.sealDoc('note', this.workshop, this.#ver + 1, this.#hc, JSON.stringify({ text: mine }));
      await call(op.saveNote, { params: { workshop: this.workshop, ver: String(this.#ver + 1) }, body: { file: sealed.file } });
      [this.#ver, this.#hc] = [this.#ver + 1, sealed.hc];
      this.keeping.stop();
      // Words typed during the upload are based on the new version, and their draft is kept.
      if (this.words !== mine) {
        this.saved = 'saving';
        return await this.keep();
      }
      await this.#drafts.drop().catch(() => undefined);
      this.saved = 'server';
    } catch (e) {
      if (e instanceof ApiFault && e.code === 'worksheet.moved_on') {
        await this.#newest();
        this.other = this.words;
        this.words = mine;
        this.saved = 'device';
      } else this.saved = e instanceof ApiFault && e.offline ? 'device' : 'error';
    }
  }
}
