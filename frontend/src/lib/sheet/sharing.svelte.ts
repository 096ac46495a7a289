// Sealing the versions of a page for its readers. Invariants: the vault, and no list of the server,
// decides who they are; before a file sealed for others leaves this device, the vault on the server
// says so, since the server could keep the file and deny it; a former reader counts as gone only
// when every stored version was resealed without them.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { changeVault, fetchVault } from '../signin/vaultsync';
import { SealError } from '../vault/error';
import type { ResealedDoc } from '../vault/keeper';
import { fetchNewest, versionsOf } from './newest';
import { tellTabs } from './othertabs';
import type { Sheet } from './sheet.svelte';
import { isWhole } from './whole';

export class Sharing {
  /** The people the newest version on the server is sealed for, without the owner, according to the
   * file. */
  sentTo = $state.raw<string[]>([]);
  /** A file sealed for others left this device, and no later upload was accepted: they may have it,
   * whatever the server says. */
  unsure = $state(false);
  /** The server closed a reader's grant: the page was resealed without them. */
  readerGone = $state(false);
  /** Counts how often all versions were verified to be sealed for no former reader. */
  narrowed = $state(0);
  /** The newest words are saved, but not sealed for the readers yet. */
  unshared = $state(false);
  /** The version that `unsure` is about. */
  private doubted = 0;

  constructor(private readonly sheet: Sheet) {}

  /** Seals the newest version on the server for the readers that the vault names, unless it is. */
  async bringToReaders(): Promise<void> {
    const { ws, signin } = this.sheet;
    const readers = await signin.vault.readersOf(ws);
    if (sameSet(readers, this.sentTo)) return;
    try {
      await (readers.length === 0 ? this.narrow() : this.share());
      this.unshared = false;
    } catch (e) {
      this.unshared = readers.length > 0;
      throw e;
    }
  }

  /** Seals the newest version for all readers. When another tab or device stored a newer version,
   * that one is loaded and sealed for them. */
  private async share(): Promise<void> {
    const { sheet } = this;
    try {
      await this.shareNewest();
    } catch (e) {
      if (!(e instanceof SealError) || e.code !== 'E_ROLLBACK') throw e;
      const newest = await fetchNewest(sheet);
      if (!newest || newest.ver <= sheet.version || sheet.unsent || sheet.conflict || sheet.gone) throw e;
      sheet.take(newest);
      await this.shareNewest();
    }
  }

  /** Shares without saving a new version. The vault that names the version is uploaded first, so
   * that other devices know it. A lock drops vault changes that were not uploaded, so the version
   * is recorded again. */
  private async shareNewest(): Promise<void> {
    const { sheet } = this;
    const { ws, signin } = sheet;
    await fetchVault(signin);
    const { title, version, hash } = sheet;
    await changeVault(signin, () => signin.vault.noteSheet(ws, title, version, hash));
    const row = (await versionsOf(sheet)).find((r) => r.ver === sheet.version);
    if (!row) throw new SealError('E_ROLLBACK');
    const sealed = await signin.vault.shareDoc(ws, await call(op.openSealed, { params: { id: row.id } }));
    await this.noteSent(sealed);
    try {
      await this.replace(sealed);
    } catch (e) {
      if (!(e instanceof ApiFault) || e.code !== 'worksheet.reader_refused') throw e;
      await this.readersRefused(sealed.readers);
      return;
    }
    tellTabs();
  }

  /** Records for whom a version is sealed before the file leaves this device, since the server could
   * keep it and deny it. From here on no device and no tab takes a list that leaves these readers
   * out for the whole. Without this record nothing is sent. */
  private async noteSent({ ver, readers }: ResealedDoc): Promise<void> {
    const { ws, signin } = this.sheet;
    const { vault } = signin;
    await changeVault(signin, () => vault.noteSent(ws, ver, readers));
    const { sent } = await vault.sharedVersions(ws);
    // Another device turned the page off in the meantime.
    if (readers.some((acct) => (sent[acct] ?? 0) < ver)) throw new SealError('E_ROLLBACK');
    tellTabs();
  }

  /** A closed grant never blocks saving: the page is withdrawn from these readers, and says so. A
   * refusal proves nothing, so the version is also resealed without them. */
  private async readersRefused(readers: string[]): Promise<void> {
    const { ws, signin } = this.sheet;
    this.readerGone = true;
    for (const reader of readers) {
      await call(op.unshare, { params: { ws, reader } }).catch(() => undefined);
      await changeVault(signin, () => signin.vault.setConsent(ws, reader, false)).catch(() => undefined);
    }
    tellTabs();
    await this.narrow();
  }

  /** Reseals every stored version without former readers. Each file says for whom it is sealed; the
   * server's list could leave a reader out. */
  async narrow(): Promise<void> {
    const { ws, signin } = this.sheet;
    await fetchVault(signin);
    const { left } = await signin.vault.sharedVersions(ws);
    const on = await signin.vault.readersOf(ws);
    // Newest first, since it has the most content.
    const rows = (await versionsOf(this.sheet)).reverse();
    const { fault, sealed } = await this.resealAll(rows);
    this.sentTo = this.sentTo.filter((acct) => on.includes(acct));
    if (sealed) tellTabs();
    if (fault) throw fault;
    const vers = rows.map((r) => r.ver);
    if (!isWhole(vers, (await signin.vault.sharedVersions(ws)).head)) return;
    // Only versions that stood before: one that another device noted meanwhile was not resealed.
    const done = left.filter((ver) => vers.includes(ver));
    await changeVault(signin, () => signin.vault.noteLeft(ws, done, on)).catch(() => undefined);
    this.narrowed += 1;
  }

  /** Reseals these versions where a former reader is left; one that fails does not block the others.
   * Returns the first fault, and whether a version was replaced. */
  private async resealAll(rows: readonly { id: string; ver: number }[]): Promise<{ fault: unknown; sealed: boolean }> {
    const { ws, signin } = this.sheet;
    let fault: unknown = null;
    let sealed = false;
    for (const row of rows) {
      try {
        const less = await signin.vault.resealDoc(ws, row.ver, await call(op.openSealed, { params: { id: row.id } }));
        if (less) await this.replace(less);
        sealed ||= less !== null;
      } catch (e) {
        fault ??= e;
      }
    }
    return { fault, sealed };
  }

  private async replace({ ver, file, readers }: ResealedDoc): Promise<void> {
    const { ws, signin } = this.sheet;
    if (readers.length > 0) {
      this.unsure = true;
      this.doubted = ver;
    }
    await call(op.saveWorksheet, { params: { ws, ver: String(ver) }, body: { typ: 'worksheet', readers: [signin.me?.acct ?? '', ...readers], replace: true, file } });
    // Words saved in the meantime are not sealed for anybody yet.
    if (this.sheet.version === ver) this.sentTo = readers;
    if (ver >= this.doubted) this.unsure = false;
  }
}

const sameSet = (a: string[], b: string[]): boolean => a.length === b.length && a.every((x) => b.includes(x));
