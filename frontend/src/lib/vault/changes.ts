// The open vault, inside the worker: how it is opened, changed and prepared for its next upload.
// Rules: a change is made in memory and returns the next vault to upload, or null when the server
// has all of it; a change of a failed upload is part of the next one; an empty vault never
// overwrites the person's own.

import * as v from 'valibot';
import { b64u, unb64u } from './bytes';
import * as C from './contacts';
import { Documents } from './documents';
import { SealError } from './error';
import * as H from './heads';
import * as K from './keys';
import { NIL_WS, open, seal } from './sealed';
import { addsTo, union } from './union';
import { mergeVaults, VaultBody, withoutDeleted } from './vaultfile';

export interface VaultUpload {
  ctr: number;
  file: string;
}

export abstract class VaultChanges extends Documents {
  async openVault(ctr: number, file: string): Promise<{ sheets: VaultBody['sheets'] }> {
    const store = this.needStore();
    const floor = Math.max(this.shared ? 0 : await store.highest('vault'), this.known ? this.vault.ctr : 0);
    if (ctr < floor) throw new SealError('E_ROLLBACK');
    const k = this.need();
    const opened = await open(k, unb64u(file), { typ: 'vault', ws: NIL_WS, ver: ctr, author: k.acct });
    const body = parseVault(opened.body);
    this.vault = this.known ? mergeVaults(withoutDeleted(this.vault, this.fetched, body), { ...body, ctr }) : { ...body, ctr };
    this.fetched = body.sheets;
    this.known = true;
    if (!this.shared) await store.raise('vault', ctr);
    return { sheets: this.vault.sheets };
  }

  /** Records a page's newest version and returns the next vault to upload, if any. E_CHAIN when the
   * vault has this version with another text. */
  async noteSheet(ws: string, title: string, ver: number, hc: string): Promise<VaultUpload | null> {
    return H.raiseHead(this.vault, ws, title, ver, hc) ? this.changed() : this.pendingVault();
  }

  /** Records the version of another person's page that was read last. */
  async noteRead(ws: string, owner: string, ver: number, hc: string): Promise<VaultUpload | null> {
    return H.raiseRead(this.vault, ws, owner, ver, hc) ? this.changed() : this.pendingVault();
  }

  async forgetSheet(ws: string): Promise<VaultUpload> {
    const without = <T>(all: Record<string, T>) => Object.fromEntries(Object.entries(all).filter(([id]) => id !== ws));
    this.vault.sheets = without(this.vault.sheets);
    this.vault.consents = without(this.vault.consents);
    return this.changed();
  }

  /** The next vault to upload when it has changes that the server has not confirmed, such as those
   * of a failed upload or those recorded on opening. */
  async pendingVault(): Promise<VaultUpload | null> {
    return this.changes.made > this.changes.kept ? this.nextVault() : null;
  }

  private changed(): Promise<VaultUpload> {
    this.changes.made += 1;
    return this.nextVault();
  }

  /** What stands against contact. It only grows: forgetting a page removes none of it. */
  safety(): Record<string, unknown> {
    return this.vault.safety ?? {};
  }

  /** Adds to what is known about people; null when the server has all of it. */
  async noteSafety(parts: NonNullable<VaultBody['safety']>): Promise<VaultUpload | null> {
    const known = this.vault.safety ?? {};
    if (!addsTo(parts, known)) return this.pendingVault();
    this.vault.safety = union(known, parts);
    C.turnOffSubjects(this.vault);
    return this.changed();
  }

  private async nextVault(): Promise<VaultUpload> {
    // An empty vault must never overwrite the person's own.
    this.needVault();
    const ctr = this.vault.ctr + 1;
    this.changes.sent = this.changes.made;
    const body = JSON.stringify({ ...this.vault, ctr });
    const sealed = await seal(this.need(), { typ: 'vault', ws: NIL_WS, ver: ctr, prev: null, vc: this.vault.ctr, body });
    return { ctr, file: b64u(sealed.file) };
  }

  /** The server stored the vault with this counter. Uploads are sequential. */
  async vaultSaved(ctr: number): Promise<void> {
    this.vault.ctr = Math.max(this.vault.ctr, ctr);
    this.changes.kept = this.changes.sent;
    if (!this.shared) await this.needStore().raise('vault', this.vault.ctr);
  }

  // People: who was compared in person, and which page is on for whom.

  contacts(): Record<string, C.Contact> {
    return C.contactsOf(this.vault);
  }

  /** The code that another person scans. */
  myCode(): string {
    return C.contactCode(K.peerOf(this.need().bundle));
  }

  /** Pins a person whose code was scanned; returns the next vault to upload. */
  async pinByCode(code: string, acct: string, bundle: string, name: string, on: string): Promise<VaultUpload> {
    C.pin(this.vault, C.matchCode(code, acct, unb64u(bundle)), bundle, name, 'qr', on);
    return this.changed();
  }

  /** Pins a person who read their words aloud. */
  async pinByWords(heard: string[], at: number[], acct: string, bundle: string, name: string, on: string): Promise<VaultUpload> {
    C.pin(this.vault, C.matchWords(heard, at, acct, unb64u(bundle)), bundle, name, 'words', on);
    return this.changed();
  }

  async unpin(acct: string): Promise<VaultUpload> {
    C.unpin(this.vault, acct);
    return this.changed();
  }

  /** Turns a page on or off for a person; on only for a compared person whom the page is not about. */
  async setConsent(ws: string, acct: string, on: boolean): Promise<VaultUpload> {
    if (on) C.peersOf(this.vault, [acct]);
    if (on && C.subjectTest(this.vault, ws)(acct)) throw new SealError('E_NEAR');
    C.setConsent(this.vault, ws, acct, on);
    return this.changed();
  }

  /** Turns off the readers who were on before the server was asked (`before`) and are missing in
   * its grants (`open`). A reader turned on in the meantime is in neither and stays on. */
  async consentsLeft(open: Record<string, string[]>, before: Record<string, string[]>): Promise<VaultUpload | null> {
    const was = JSON.stringify(this.vault.consents);
    const closed = (ws: string, acct: string) => before[ws]?.includes(acct) && !open[ws]?.includes(acct);
    for (const ws of Object.keys(this.vault.consents)) for (const acct of C.readersOf(this.vault, ws)) if (closed(ws, acct)) C.setConsent(this.vault, ws, acct, false);
    return was === JSON.stringify(this.vault.consents) ? this.pendingVault() : this.changed();
  }

  readersOf(ws: string): string[] {
    return C.readersOf(this.vault, ws);
  }

  /** Records, before its upload, that a version is sealed for these readers; returns the next vault,
   * if any. */
  async noteSent(ws: string, ver: number, readers: string[]): Promise<VaultUpload | null> {
    return C.noteSent(this.vault, ws, readers, ver) ? this.changed() : this.pendingVault();
  }

  /** Records that these versions are no longer sealed for any former reader who is not among
   * `before`, the readers when they were resealed. */
  async noteLeft(ws: string, vers: number[], before: string[]): Promise<VaultUpload | null> {
    return C.noteLeft(this.vault, ws, vers, before) ? this.changed() : this.pendingVault();
  }

  /** What the server's list of a page's versions must agree with: `sent`, the newest version that
   * each reader has; `left`, the versions that former readers may still have; `head`, the newest
   * version, 0 when the vault has none. */
  sharedVersions(ws: string): { sent: Record<string, number>; left: number[]; head: number } {
    return { sent: C.sentOf(this.vault, ws), left: C.leftOf(this.vault, ws), head: H.headOf(this.vault, ws)?.ver ?? 0 };
  }

  /** The readers of each page. */
  readers(): Record<string, string[]> {
    return Object.fromEntries(Object.keys(this.vault.consents).map((ws) => [ws, C.readersOf(this.vault, ws)]));
  }
}

function parseVault(body: string): VaultBody {
  try {
    return v.parse(VaultBody, JSON.parse(body));
  } catch {
    throw new SealError('E_FRAME');
  }
}
