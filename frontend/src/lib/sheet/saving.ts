// Uploads of a page being written. Rules: an upload is sealed for the owner alone, at most once a
// minute while the person writes, and one at a time; the draft on this device stays until the server
// confirmed the words in it; a refused version never overwrites another one.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { changeVault } from '../signin/vaultsync';
import { SealError } from '../vault/error';
import { toBody } from './answers';
import { meet } from './conflict';
import { fetchNewest } from './newest';
import { tellTabs } from './othertabs';
import type { Sheet } from './sheet.svelte';

/** Times in ms: between two uploads, from the first change to the upload, and before a retry while
 * offline. */
const SAVE_EVERY = 60_000;
const SOONEST = 2_000;
const AGAIN = 5_000;

export class Saving {
  /** The upload that is running now. */
  running: Promise<void> | null = null;
  private timer = 0;
  private last = 0;

  constructor(private readonly sheet: Sheet) {}

  /** Schedules the next upload, unless one is scheduled. */
  plan(): void {
    if (this.timer || this.sheet.released) return;
    this.in(Math.max(SOONEST, this.last + SAVE_EVERY - Date.now()));
  }

  private in(ms: number): void {
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      void this.save().catch(() => undefined);
    }, ms);
  }

  /** No upload is started by itself any more. */
  stop(): void {
    clearTimeout(this.timer);
  }

  /** Uploads the newest words now. A call during an upload waits for that one. */
  save(): Promise<void> {
    this.running ??= this.upload().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async upload(): Promise<void> {
    const { sheet } = this;
    if (!sheet.unsent || sheet.conflict || !sheet.signin.open || !sheet.savable) return;
    await sheet.keep();
    const me = sheet.signin.me;
    if (!me || sheet.gone || sheet.released) return;
    sheet.unsent = false;
    const body = toBody(sheet.tpl, sheet.snapshot());
    const ver = sheet.base.ver + 1;
    try {
      const hc = await this.put(ver, body, me.acct);
      // Do not delete the draft here: it may contain later words. The next load deletes it.
      if (sheet.released) return;
      await this.saved(ver, hc);
    } catch (e) {
      // The words were released by a lock and are in the draft: what is in memory now is empty.
      if (sheet.released) return;
      sheet.unsent = true;
      await this.notSaved(e);
    }
  }

  private async put(ver: number, body: string, me: string): Promise<string> {
    const { ws, typ, base, signin, sharing } = this.sheet;
    const sealed = await signin.vault.sealDoc(typ, ws, ver, base.hc, body);
    await call(op.saveWorksheet, { params: { ws, ver: String(ver) }, body: { typ, readers: [me], replace: false, file: sealed.file } });
    if (sharing.sentTo.length > 0) tellTabs();
    sharing.sentTo = [];
    return sealed.hc;
  }

  private async saved(ver: number, hc: string): Promise<void> {
    const { sheet } = this;
    sheet.base = { ver, hc };
    this.last = Date.now();
    sheet.offline = false;
    if (sheet.typ === 'worksheet') await this.noteInVault(ver, hc);
    if (sheet.unsent) {
      // Words typed during the upload: their draft is now based on the new version.
      await sheet.keep();
      this.plan();
    } else {
      sheet.saved = 'server';
      sheet.keeping.stop();
      await sheet.drafts.drop().catch(() => undefined);
      sheet.savedAt = Date.now();
    }
  }

  /** Records the newest version in the vault, so that an old one cannot be passed off as new. A
   * failed upload is contained in the next one; sharing waits for it. */
  private async noteInVault(ver: number, hc: string): Promise<void> {
    const { sheet } = this;
    await changeVault(sheet.signin, () => sheet.signin.vault.noteSheet(sheet.ws, sheet.title, ver, hc)).catch((e: unknown) => {
      if (e instanceof SealError && e.code === 'E_CHAIN') sheet.refused = true;
    });
  }

  private async notSaved(e: unknown): Promise<void> {
    const { sheet } = this;
    if (e instanceof ApiFault && e.offline) {
      sheet.offline = true;
      sheet.saved = 'device';
      this.in(AGAIN);
      return;
    }
    if (e instanceof ApiFault && e.status === 401) {
      sheet.saved = 'device';
      return;
    }
    if (e instanceof ApiFault && e.code === 'worksheet.moved_on') {
      const newest = await fetchNewest(sheet);
      if (newest) await meet(sheet, newest);
      else sheet.elsewhere = sheet.absent;
      if (sheet.unsent) sheet.saved = 'device';
      return;
    }
    sheet.saved = 'error';
    throw e;
  }
}
