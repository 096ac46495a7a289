// Sealing and opening documents, inside the worker. Invariant: a document is sealed for its author
// alone, with two exceptions. A page is sealed for the readers for whom the open vault has it on,
// in the version that the vault names; feedback is sealed for the owner of the opened page. No
// method takes a reader list, because the page has such lists from the server.

import { b64u, fromHex, toHex, unb64u } from './bytes';
import * as C from './contacts';
import { SealError } from './error';
import * as H from './heads';
import type { Keys } from './keys';
import { open, reseal, seal, type Opened } from './sealed';
import type { Store } from './store';
import { emptyVault, type VaultBody } from './vaultfile';

/** The kinds of documents that a person writes for themselves. */
export type OwnTyp = 'worksheet' | 'mine' | 'note';
const OWN: readonly string[] = ['worksheet', 'mine', 'note'] satisfies OwnTyp[];
export interface SealedDoc {
  file: string;
  hc: string;
}
/** A resealed version; `readers` without its owner, in the order of the format. */
export interface ResealedDoc {
  ver: number;
  file: string;
  readers: string[];
}
/** `readers` are those named in the file itself, without its author. */
export interface OpenedDoc {
  body: string;
  hc: string;
  ver: number;
  readers: string[];
}

export abstract class Documents {
  protected store: Store | null = null;
  protected keys: Keys | null = null;
  /** The device is shared by several people: none of their counters stay on it. */
  protected shared = false;
  protected vault: VaultBody = emptyVault();
  /** Whether `vault` is the person's own and not the empty placeholder. Until it is, nothing is
   * sealed for others. */
  protected known = false;
  /** The pages named in the server's vault when it was last fetched. */
  protected fetched: VaultBody['sheets'] = {};
  /** Counts of vault changes: made here, contained in the pending upload, confirmed by the server. */
  protected changes = { made: 0, sent: 0, kept: 0 };
  /** Pages of others that were opened and verified since the unlock, by owner. */
  private readonly read = new Map<string, Set<string>>();

  /** Seals one's own document for oneself. */
  async sealDoc(typ: OwnTyp, ws: string, ver: number, prev: string | null, body: string): Promise<SealedDoc> {
    if (!OWN.includes(typ)) throw new SealError('E_CONTEXT');
    const s = await seal(this.need(), { typ, ws, ver, prev: prev === null ? null : fromHex(prev), vc: this.vault.ctr, body });
    return { file: b64u(s.file), hc: toHex(s.hc) };
  }

  /** Seals the vault's current version of a page for everybody for whom the vault has it on.
   * E_LOCKED before the vault was opened; E_ROLLBACK for an older version or when this device saw a
   * newer vault; E_CHAIN for any other version. */
  async shareDoc(ws: string, file: Uint8Array): Promise<ResealedDoc> {
    this.needVault();
    if (!this.shared && this.vault.ctr < (await this.needStore().highest('vault'))) throw new SealError('E_ROLLBACK');
    const head = H.headOf(this.vault, ws);
    if (!head) throw new SealError('E_ROLLBACK');
    const o = await this.openOwn('worksheet', ws, file, { minVer: head.ver });
    if (o.header.ver !== head.ver || toHex(o.hc) !== head.hash) throw new SealError('E_CHAIN');
    return this.resealed(o, C.readersOf(this.vault, ws, aboutOf(o.body)));
  }

  /** Reseals a stored version, also an old one, without the readers for whom the page is now off.
   * It never adds a reader. Null when no reader has to be removed. A version that the vault has as
   * sent to a former reader is resealed whatever this file says: the server may have kept another. */
  async resealDoc(ws: string, ver: number, file: Uint8Array): Promise<ResealedDoc | null> {
    this.needVault();
    const o = await this.openOwn('worksheet', ws, file, { ver });
    const head = H.headOf(this.vault, ws);
    if (head?.ver === ver && head.hash !== toHex(o.hc)) throw new SealError('E_CHAIN');
    const on = C.readersOf(this.vault, ws, aboutOf(o.body));
    const stay = o.readers.filter((acct) => on.includes(acct));
    // o.readers contains the author too.
    return stay.length === o.readers.length - 1 && !C.leftOf(this.vault, ws).includes(ver) ? null : this.resealed(o, stay);
  }

  private async resealed(o: Opened, readers: string[]): Promise<ResealedDoc> {
    const peers = C.inOrder(C.peersOf(this.vault, readers));
    return { ver: o.header.ver, file: b64u((await reseal(this.need(), o, peers)).file), readers: peers.map((p) => b64u(p.acct)) };
  }

  /** Opens one's own file; E_ROLLBACK when it was sealed under a newer vault than ours. */
  private openOwn(typ: OwnTyp, ws: string, file: Uint8Array, want: { ver?: number; minVer?: number }): Promise<Opened> {
    const k = this.need();
    return open(k, file, { typ, ws, author: k.acct, ...want, ...(this.known ? { vaultCtr: this.vault.ctr } : {}) });
  }

  async openDoc(typ: OwnTyp, ws: string, ver: number, file: Uint8Array, anyVersion = false): Promise<OpenedDoc> {
    const name = (typ === 'worksheet' ? 'ws:' : typ + ':') + ws;
    const minVer = this.shared || anyVersion ? 0 : await this.needStore().highest(name);
    const o = await this.openOwn(typ, ws, file, { ver, minVer });
    if (typ === 'worksheet' && !anyVersion) {
      H.checkHead(this.vault, ws, seenOf(o));
      // The vault has no entry for this version because its upload was lost: make it up now.
      if (this.known && H.raiseHead(this.vault, ws, aboutOf(o.body).title, ver, toHex(o.hc))) this.changes.made += 1;
    }
    if (!this.shared) await this.needStore().raise(name, o.header.ver);
    return docOf(o);
  }

  /** When a stored version of one's own page was sealed, and for which other readers. This comes
   * from the file itself, not from the server. */
  async sealedFor(ws: string, ver: number, file: Uint8Array): Promise<{ at: string; readers: string[] }> {
    const o = await this.openOwn('worksheet', ws, file, { ver });
    const head = H.headOf(this.vault, ws);
    if (head?.ver === ver && head.hash !== toHex(o.hc)) throw new SealError('E_CHAIN');
    return { at: o.header.at, readers: o.readers.slice(1) };
  }

  /** Opens a page shared by a person who was compared in person: as their newest version, or with
   * `earlier` as an old one to compare with. */
  async openShared(ws: string, ver: number, author: string, file: Uint8Array, earlier = false): Promise<OpenedDoc> {
    const o = await open(this.need(), file, { typ: 'worksheet', ws, ver, author: unb64u(author), pinned: C.pinned(this.vault) });
    if (!earlier) {
      H.checkRead(this.vault, ws, author, seenOf(o));
      this.read.set(author, (this.read.get(author) ?? new Set()).add(ws));
    }
    return docOf(o);
  }

  /** Seals the next feedback on a page for its owner: a compared person whose page was opened and
   * verified here. It follows the newest feedback recorded in the vault. */
  async sealFeedback(ws: string, owner: string, body: string): Promise<SealedDoc & { ver: number }> {
    const k = this.need();
    if (!this.read.get(owner)?.has(ws)) throw new SealError('E_UNKNOWN_AUTHOR');
    const mark = this.vault.feedback?.[ws]?.[b64u(k.acct)];
    const ver = (mark?.ver ?? 0) + 1;
    const s = await seal(k, { typ: 'feedback', ws, ver, prev: mark ? fromHex(mark.hash) : null, vc: this.vault.ctr, body, readers: C.peersOf(this.vault, [owner]) });
    return { file: b64u(s.file), hc: toHex(s.hc), ver };
  }

  /** Records that the server stored one's own feedback. */
  async feedbackSent(ws: string, ver: number, hc: string): Promise<void> {
    await this.mark(ws, b64u(this.need().acct), ver, hc);
  }

  /** Opens the newest feedback of an author, a mentor or oneself. E_ROLLBACK or E_CHAIN when it is
   * older than, or does not follow, what the vault or this device saw. */
  async openFeedback(ws: string, ver: number, author: string, file: Uint8Array): Promise<OpenedDoc> {
    const k = this.need();
    const minVer = this.shared ? 0 : await this.needStore().highest(`feedback:${ws}:${author}`);
    const newest = author === b64u(k.acct) && this.known ? { vaultCtr: this.vault.ctr } : {};
    const o = await open(k, file, { typ: 'feedback', ws, ver, minVer, author: unb64u(author), pinned: C.pinned(this.vault), ...newest });
    H.checkMark(this.vault, ws, author, seenOf(o));
    await this.mark(ws, author, ver, toHex(o.hc));
    return docOf(o);
  }

  private async mark(ws: string, author: string, ver: number, hc: string): Promise<void> {
    if (H.raiseMark(this.vault, ws, author, ver, hc)) this.changes.made += 1;
    if (!this.shared) await this.needStore().raise(`feedback:${ws}:${author}`, ver);
  }

  /** The authors of feedback that was ever opened or sent, by page, without contacts whom the
   * person removed. */
  markedFeedback(): Record<string, string[]> {
    const here = (author: string) => this.vault.contacts[author]?.state !== 'revoked';
    return Object.fromEntries(Object.entries(this.vault.feedback ?? {}).map(([ws, of]) => [ws, Object.keys(of).filter(here)]));
  }

  /** One's own pages that the vault names, whether or not the server lists them. */
  ownPages(): string[] {
    return Object.keys(this.vault.sheets).filter((ws) => H.headOf(this.vault, ws));
  }

  protected forgetVault(): void {
    this.vault = emptyVault();
    this.known = false;
    this.fetched = {};
    this.changes = { made: 0, sent: 0, kept: 0 };
    this.read.clear();
  }

  protected need(): Keys {
    if (!this.keys) throw new SealError('E_LOCKED');
    return this.keys;
  }

  protected needVault(): void {
    if (!this.known) throw new SealError('E_LOCKED');
  }

  protected needStore(): Store {
    if (!this.store) throw new SealError('E_LOCKED');
    return this.store;
  }
}

const docOf = (o: Opened): OpenedDoc => ({ body: o.body, hc: toHex(o.hc), ver: o.header.ver, readers: o.readers.slice(1) });
const seenOf = (o: Opened): H.Seen => ({ ver: o.header.ver, hash: toHex(o.hc), prev: o.header.prev });

/** What the text of a page states about itself; empty when the text has another form. */
function aboutOf(body: string): C.About {
  try {
    const b = JSON.parse(body) as { title?: unknown; fields?: { q: unknown; a: unknown }[] };
    return { title: String(b.title ?? ''), about: String(b.fields?.find((f) => f.q === 'about')?.a ?? '') };
  } catch {
    return { title: '', about: '' };
  }
}
