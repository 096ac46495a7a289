// What the vault knows of versions: the newest of each page (the head) and of each person's
// feedback on it (the mark), with their content hashes. What must hold: they only go forward. An
// older version than the one named here, the same version with another text, or a next version
// that does not stand on the one named here is refused, on every device that has the vault.

import { b64u, fromHex } from './bytes';
import { SealError } from './error';
import type { VaultBody } from './vaultfile';

/** One version of a document, as it was opened: `hash` in hex, `prev` as the file has it. */
export interface Seen {
  ver: number;
  hash: string;
  prev: string | null;
}

type Sheet = VaultBody['sheets'][string];

/** E_ROLLBACK when the version is older than the one that is known; E_CHAIN when it is the same
 * with another text, or the next one and not made from it. A version further on is taken: its
 * author's tag proves it, and the vault was behind. */
function goesForward(known: { ver: number; hash: string } | undefined, seen: Seen): void {
  if (!known) return;
  if (seen.ver < known.ver) throw new SealError('E_ROLLBACK');
  if (seen.ver === known.ver && seen.hash !== known.hash) throw new SealError('E_CHAIN');
  if (seen.ver === known.ver + 1 && seen.prev !== b64u(fromHex(known.hash))) throw new SealError('E_CHAIN');
}

/** The head of a page of one's own. */
export const headOf = (v: VaultBody, ws: string): Sheet | undefined => (v.sheets[ws]?.of === undefined ? v.sheets[ws] : undefined);

/** Checks a page of one's own that was opened as the newest. */
export const checkHead = (v: VaultBody, ws: string, seen: Seen): void => goesForward(headOf(v, ws), seen);

/** Notes a newer version of a page of one's own; true when the vault changed. The same version
 * with another text is E_CHAIN: the server took two. */
export function raiseHead(v: VaultBody, ws: string, title: string, ver: number, hash: string): boolean {
  const known = headOf(v, ws);
  if (known && ver === known.ver && hash !== known.hash) throw new SealError('E_CHAIN');
  if (known && ver <= known.ver && (ver < known.ver || title === known.title)) return false;
  v.sheets[ws] = { ...known, title, ver, hash };
  return true;
}

/** The version of another person's page that was read last. E_CONTEXT when the id is that of a
 * page of one's own or of a third person. Older code kept no owner and no title. */
function readOf(v: VaultBody, ws: string, owner: string): Sheet | undefined {
  const known = v.sheets[ws];
  if (known && (known.of ?? (known.title === '' ? owner : '')) !== owner) throw new SealError('E_CONTEXT');
  return known;
}

/** Checks another person's page that was opened as the newest. */
export const checkRead = (v: VaultBody, ws: string, owner: string, seen: Seen): void => goesForward(readOf(v, ws, owner), seen);

/** Notes what was read of another person's page; true when the vault changed. */
export function raiseRead(v: VaultBody, ws: string, owner: string, ver: number, hash: string): boolean {
  const known = readOf(v, ws, owner);
  if (known && ver <= known.ver) return false;
  v.sheets[ws] = { ...known, title: '', of: owner, ver, hash };
  return true;
}

/** Checks feedback that was opened as its author's newest. */
export const checkMark = (v: VaultBody, ws: string, author: string, seen: Seen): void => goesForward(v.feedback?.[ws]?.[author], seen);

/** Notes feedback that was opened or sent; true when the vault changed. */
export function raiseMark(v: VaultBody, ws: string, author: string, ver: number, hash: string): boolean {
  const of = ((v.feedback ??= {})[ws] ??= {});
  if (ver <= (of[author]?.ver ?? 0)) return false;
  of[author] = { ...of[author], ver, hash };
  return true;
}
