// Sealing and opening documents, inside the worker. What must hold: a document is sealed to its
// author alone, but for two ways out. A page goes to those whom the open vault has it on for, as
// the version that the vault names; feedback goes to the owner of the page that was opened. No
// list of readers comes from outside, because what the page knows of readers the server told it.

import { b64u, fromHex, toHex, unb64u } from './bytes';
import * as C from './contacts';
import { SealError } from './error';
import * as H from './heads';
import type { Keys } from './keys';
import { open, reseal, seal, type Opened } from './sealed';
import type { Store } from './store';
import { emptyVault, type VaultBody } from './vaultfile';

/** The kinds of documents that a person writes to themselves. */
export type OwnTyp = 'worksheet' | 'mine' | 'note';
const OWN: readonly string[] = ['worksheet', 'mine', 'note'] satisfies OwnTyp[];
export interface SealedDoc {
  file: string;
  hc: string;
}
/** A version sealed anew; `readers` beside its owner, in the order of the format. */
export interface ResealedDoc {
  ver: number;
  file: string;
  readers: string[];
}
/** `readers` are those the file itself names, beside its author. */
export interface OpenedDoc {
  body: string;
  hc: string;
  ver: number;
  readers: string[];
}

export abstract class Documents {
  protected store: Store | null = null;
  protected keys: Keys | null = null;
  /** A device that several people use: no counter of theirs stays on it. */
  protected shared = false;
  protected vault: VaultBody = emptyVault();
  /** Whether the vault is the person's own and not just empty. Before it is, nothing is sealed for others. */
  protected known = false;
  /** Changes of the vault: made here, in the upload that is on its way, taken by the server. */
  protected changes = { made: 0, sent: 0, kept: 0 };
  /** Pages of others that were opened and proven since the unlock, by owner. */
  private readonly read = new Map<string, Set<string>>();

  /** Seals a document of one's own for oneself. */
  async sealDoc(typ: OwnTyp, ws: string, ver: number, prev: string | null, body: string): Promise<SealedDoc> {
    if (!OWN.includes(typ)) throw new SealError('E_CONTEXT');
    const s = await seal(this.need(), { typ, ws, ver, prev: prev === null ? null : fromHex(prev), vc: this.vault.ctr, body });
    return { file: b64u(s.file), hc: toHex(s.hc) };
  }

  /** Seals the version that the vault names for everybody whom the vault has the page on for.
   * E_LOCKED before the vault was opened; E_ROLLBACK for an older version, or when this device
   * saw a newer vault; E_CHAIN for any other. */
  async shareDoc(ws: string, file: Uint8Array): Promise<ResealedDoc> {
    this.needVault();
    if (!this.shared && this.vault.ctr < (await this.needStore().highest('vault'))) throw new SealError('E_ROLLBACK');
    const head = H.headOf(this.vault, ws);
    if (!head) throw new SealError('E_ROLLBACK');
    const o = await this.openOwn('worksheet', ws, file, { minVer: head.ver });
    if (o.header.ver !== head.ver || toHex(o.hc) !== head.hash) throw new SealError('E_CHAIN');
    return this.resealed(o, C.readersOf(this.vault, ws));
  }

  /** Seals a stored version, an old one too, without those whom the page is not on for any more.
   * It never adds a reader. Null when nobody is to go. */
  async resealDoc(ws: string, ver: number, file: Uint8Array): Promise<ResealedDoc | null> {
    this.needVault();
    const o = await this.openOwn('worksheet', ws, file, { ver });
    const head = H.headOf(this.vault, ws);
    if (head?.ver === ver && head.hash !== toHex(o.hc)) throw new SealError('E_CHAIN');
    const on = C.readersOf(this.vault, ws);
    const stay = o.readers.filter((acct) => on.includes(acct));
    // Its author is a reader of it as well.
    return stay.length === o.readers.length - 1 ? null : this.resealed(o, stay);
  }

  private async resealed(o: Opened, readers: string[]): Promise<ResealedDoc> {
    const peers = C.inOrder(C.peersOf(this.vault, readers));
    return { ver: o.header.ver, file: b64u((await reseal(this.need(), o, peers)).file), readers: peers.map((p) => b64u(p.acct)) };
  }

  /** Opens a file of one's own; one that was sealed after a newer vault than ours is E_ROLLBACK. */
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
      // A note of it that never came to the server is made up for here.
      if (this.known && H.raiseHead(this.vault, ws, titleOf(o.body), ver, toHex(o.hc))) this.changes.made += 1;
    }
    if (!this.shared) await this.needStore().raise(name, o.header.ver);
    return docOf(o);
  }

  /** When a stored version of one's own page was sealed, and for whom beside oneself: the file
   * itself says so, whatever the server lists. */
  async sealedFor(ws: string, ver: number, file: Uint8Array): Promise<{ at: string; readers: string[] }> {
    const o = await this.openOwn('worksheet', ws, file, { ver });
    return { at: o.header.at, readers: o.readers.slice(1) };
  }

  /** Opens a page that another person shares, if they were compared in person: as their newest,
   * or as an earlier one to compare it with. */
  async openShared(ws: string, ver: number, author: string, file: Uint8Array, earlier = false): Promise<OpenedDoc> {
    const o = await open(this.need(), file, { typ: 'worksheet', ws, ver, author: unb64u(author), pinned: C.pinned(this.vault) });
    if (!earlier) {
      H.checkRead(this.vault, ws, author, seenOf(o));
      this.read.set(author, (this.read.get(author) ?? new Set()).add(ws));
    }
    return docOf(o);
  }

  /** Seals the next feedback on a page to its owner: the compared person whose page it was proven
   * to be when it was opened. It stands on the newest feedback that the vault knows. */
  async sealFeedback(ws: string, owner: string, body: string): Promise<SealedDoc & { ver: number }> {
    const k = this.need();
    if (!this.read.get(owner)?.has(ws)) throw new SealError('E_UNKNOWN_AUTHOR');
    const mark = this.vault.feedback?.[ws]?.[b64u(k.acct)];
    const ver = (mark?.ver ?? 0) + 1;
    const s = await seal(k, { typ: 'feedback', ws, ver, prev: mark ? fromHex(mark.hash) : null, vc: this.vault.ctr, body, readers: C.peersOf(this.vault, [owner]) });
    return { file: b64u(s.file), hc: toHex(s.hc), ver };
  }

  /** The server took this feedback of one's own. */
  async feedbackSent(ws: string, ver: number, hc: string): Promise<void> {
    await this.mark(ws, b64u(this.need().acct), ver, hc);
  }

  /** Opens somebody's newest feedback on a page, a mentor's or one's own. Going back is refused
   * (E_ROLLBACK, E_CHAIN): by what the vault knows, and by what this device saw. */
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

  /** The authors of feedback that was ever opened or sent, by page; without those of whom the
   * person said that they left. */
  markedFeedback(): Record<string, string[]> {
    const here = (author: string) => this.vault.contacts[author]?.state !== 'revoked';
    return Object.fromEntries(Object.entries(this.vault.feedback ?? {}).map(([ws, of]) => [ws, Object.keys(of).filter(here)]));
  }

  protected forgetVault(): void {
    this.vault = emptyVault();
    this.known = false;
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

/** The title inside a sealed body; none when it has another form. */
function titleOf(body: string): string {
  try {
    return String((JSON.parse(body) as { title?: unknown }).title ?? '');
  } catch {
    return '';
  }
}
