// The keeper of one person's keys. It runs inside the worker, and nothing else ever holds a root, a
// password or an open vault. It returns only ciphertext, verifiers and the person's own text.

import { masterKey } from './argon';
import { b64u, fromHex, random, toHex, unb64u, type Bytes } from './bytes';
import { VaultChanges } from './changes';
import { SealError } from './error';
import * as K from './keys';
import { NIL_WS, open, seal, sealLockedDraft } from './sealed';
import { Store } from './store';
import { emptyVault } from './vaultfile';
import { openResume, hmacKey, keepResume, signWith, type Resumed, type ResumeParts } from './resume';
import { openWrap, sealWrap, WrapKind } from './wrap';

export type { VaultUpload } from './changes';
export type { OpenedDoc, OwnTyp, ResealedDoc, SealedDoc } from './documents';

export interface AccountUpload {
  kdf: string;
  salt: string;
  apw: string;
  acard: string;
  epoch: number;
  wraps: { kind: number; blob: string }[];
  bundle: string;
  vault: { ctr: number; file: string };
}

export interface NewAccount {
  words: string[];
  code: string;
  upload: AccountUpload;
}
export interface Wraps {
  epoch: number;
  kdf: string;
  salt: string;
  wraps: { kind: number; blob: string }[];
}
export interface DraftInfo {
  ws: string;
  base: number;
  hc: string | null;
  at: number;
  body: string | null;
}

export class Keeper extends VaultChanges {
  private bundle: Bytes | null = null;
  private mk: Bytes | null = null;
  private pending: { root: Bytes; card: Bytes; mk: Bytes; acct: Bytes; salt: Bytes; wrap: Bytes } | null = null;

  /** Makes all keys of a new account. Only what the server may have leaves the worker. */
  async newAccount(acctText: string, password: string, progress: (part: number) => void): Promise<NewAccount> {
    const acct = unb64u(acctText);
    const [card, root, salt] = [random(16), random(32), random(16)];
    progress(0.1);
    const mk = await masterKey('a1', password, salt, true);
    progress(0.8);
    const keys = await K.deriveKeys(root, acct, 1);
    const secret = K.deviceSecret(card, acct);
    const kpw = K.passwordWrapKey(K.mac(secret, mk), acct);
    const wrap1 = await sealWrap(kpw, WrapKind.password, acct, 1, root);
    const wrap2 = await sealWrap(K.cardWrapKey(card, acct), WrapKind.card, acct, 1, root);
    this.pending = { root, card, mk, acct, salt, wrap: wrap1 };
    const vault = emptyVault();
    const sealed = await seal(keys, { typ: 'vault', ws: NIL_WS, ver: 1, prev: null, vc: 1, body: JSON.stringify(vault) });
    progress(1);
    return {
      words: K.cardWords(card),
      code: K.cardCode(card),
      upload: {
        kdf: 'a1',
        salt: b64u(salt),
        apw: b64u(K.passwordAuth(mk, acct)),
        acard: b64u(K.cardAuth(card, acct)),
        epoch: 1,
        wraps: [
          { kind: 1, blob: b64u(wrap1) },
          { kind: 2, blob: b64u(wrap2) },
        ],
        bundle: b64u(keys.bundle),
        vault: { ctr: 1, file: b64u(sealed.file) },
      },
    };
  }

  /** Called after the server stored the new account: from now on this device can open it. */
  async adoptAccount(): Promise<void> {
    const p = this.pending;
    if (!p) throw new SealError('E_LOCKED');
    this.keys = await K.deriveKeys(p.root, p.acct, 1);
    this.bundle = this.keys.bundle;
    this.mk = p.mk;
    this.forgetVault();
    this.known = true;
    await this.openStore(p.acct);
    await this.store?.keepDevice({ secret: await hmacKey(K.deviceSecret(p.card, p.acct)), salt: p.salt, kdf: 'a1', wrap: p.wrap, epoch: 1, bundle: this.keys.bundle });
    p.root.fill(0);
    this.pending = null;
  }

  /** The key that proves the password to the server; the rest of the derivation stays here for
   * unlock. */
  async deriveLogin(acctText: string, kdfId: string, salt: string, password: string): Promise<{ apw: string }> {
    const acct = unb64u(acctText);
    this.mk = await masterKey(kdfId, password, unb64u(salt));
    return { apw: b64u(K.passwordAuth(this.mk, acct)) };
  }

  /** Whether this device still has the device secret of an account. */
  async knows(acctText: string): Promise<boolean> {
    const store = await this.openStore(unb64u(acctText));
    return (await store.device()) !== undefined;
  }

  /** Opens the root with password and device secret, or with password and key card. Returns what a
   * killed tab needs to resume for a while: the half goes to the server, the mask stays with the
   * page. */
  async unlock(acctText: string, w: Wraps, words: string | null, shared: boolean): Promise<ResumeParts & { words: string[] }> {
    const acct = unb64u(acctText);
    const store = await this.openStore(acct);
    if (shared) await store.markShared(true);
    const device = await store.device();
    const blob = w.wraps.find((x) => x.kind === WrapKind.password)?.blob;
    if (!this.mk || !blob) throw new SealError('E_LOCKED');
    let secret = device?.secret;
    if (words !== null) {
      const card = words.trim().startsWith('wsx1:') ? K.cardOfCode(words) : K.cardOf(words);
      secret = await hmacKey(K.deviceSecret(card, acct));
    }
    if (!secret) throw new SealError('E_CARD_NEEDED');
    const wrap = unb64u(blob);
    const seen = shared ? 0 : await store.highest('epoch');
    const { root, epoch } = await openWrap(K.passwordWrapKey(await signWith(secret, this.mk), acct), wrap, WrapKind.password, acct, seen);
    this.shared = shared;
    const parts = await this.take(root, acct, epoch, store);
    if (!shared) {
      await store.markShared(false);
      await store.keepDevice({ secret, salt: unb64u(w.salt), kdf: w.kdf, wrap, epoch, bundle: this.keys?.bundle ?? new Uint8Array(0) });
      await store.raise('epoch', epoch);
    }
    this.mk = null;
    return { words: K.fingerprintWords(this.need().f), ...parts };
  }

  private async take(root: Bytes, acct: Bytes, epoch: number, store: Store, resumed?: Resumed): Promise<ResumeParts> {
    this.keys = await K.deriveKeys(root, acct, epoch);
    this.bundle = this.keys.bundle;
    this.forgetVault();
    const parts = await keepResume(store, root, acct, epoch, resumed);
    root.fill(0);
    return parts;
  }

  /** Resumes after the tab was killed. E_CARD_NEEDED when there is no resume record. */
  async resume(acctText: string, parts: ResumeParts, shared: boolean): Promise<ResumeParts> {
    const acct = unb64u(acctText);
    const store = await this.openStore(acct);
    const { root, epoch, resumed } = await openResume(store, parts, acct);
    this.shared = shared;
    return this.take(root, acct, epoch, store, resumed);
  }

  /** Erases the keys in memory and the resume record; on a shared device the stored keys too. */
  async lock(): Promise<void> {
    this.keys?.macSelf.fill(0);
    this.keys?.macSk.fill(0);
    this.keys = null;
    this.mk?.fill(0);
    this.mk = null;
    this.forgetVault();
    await this.store?.dropResume();
    if (this.shared) await this.store?.forgetKeys();
  }

  isOpen(): boolean {
    return this.keys !== null;
  }

  /** The 8 words of one's own key fingerprint, to compare in person. */
  myWords(): string[] {
    return K.fingerprintWords(this.need().f);
  }

  // Drafts: sealed at once, and stored on this device only.

  async keepDraft(ws: string, base: number, hc: string | null, body: string): Promise<void> {
    const store = this.needStore();
    const s = { ws, ver: base + 1, prev: hc === null ? null : fromHex(hc), vc: this.vault.ctr, body };
    let file: Bytes;
    if (this.keys) file = (await seal(this.keys, { typ: 'draft', ...s })).file;
    else if (this.bundle) file = await sealLockedDraft(this.bundle, s);
    else throw new SealError('E_LOCKED');
    await store.keepDraft({ ws, file, base, hc: hc === null ? null : fromHex(hc), at: Date.now() });
  }

  async drafts(): Promise<DraftInfo[]> {
    const all = await this.needStore().drafts();
    return Promise.all(all.map(async (d) => ({ ws: d.ws, base: d.base, hc: d.hc ? toHex(d.hc) : null, at: d.at, body: await this.openDraft(d.ws, d.base, d.file) })));
  }

  private async openDraft(ws: string, base: number, file: Bytes): Promise<string | null> {
    const k = this.keys;
    if (!k) return null;
    const o = await open(k, file, { typ: 'draft', ws, ver: base + 1, author: k.acct, untagged: true });
    return o.body;
  }

  async dropDraft(ws: string): Promise<void> {
    await this.needStore().dropDraft(ws);
  }

  // Deletions: done on this device at once, and queued until the server has done them.

  async forgetPage(ws: string): Promise<void> {
    await this.needStore().forgetPage(ws);
  }

  /** The same for deletions that this device had recorded, if its store was lost meanwhile. */
  async pagesForgotten(all: string[]): Promise<void> {
    if (await this.needStore().isNew()) for (const ws of all) await this.needStore().forgetPage(ws);
  }

  /** Pages deleted here that the server or the vault still lists. */
  async deletions(acctText: string): Promise<{ ws: string; waits: boolean }[]> {
    return (await this.openStore(unb64u(acctText))).deletions();
  }

  /** Undoes a deletion; false when it is too late. */
  async bringBack(ws: string): Promise<boolean> {
    return this.needStore().bringBack(ws);
  }

  /** The server has deleted the page; `listed` until the vault has dropped it as well. */
  async pageGone(ws: string, listed: boolean): Promise<void> {
    await this.needStore().noteGone(ws, listed);
  }

  private async openStore(acct: Bytes): Promise<Store> {
    if (this.store?.name === Store.nameOf(acct)) return this.store;
    this.store?.close();
    this.store = await Store.open(acct);
    return this.store;
  }
}
