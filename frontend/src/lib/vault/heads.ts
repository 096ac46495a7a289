// Rollback protection: the vault records the newest version and content hash of each page (the
// head) and of each person's feedback on it (the mark), and these only go forward. Refused on every
// device that has the vault: an older version, the same version with another text, and a next
// version whose `prev` is not the recorded hash.

import { b64u, fromHex } from './bytes';
import { SealError } from './error';
import type { VaultBody } from './vaultfile';

/** One opened version of a document: `hash` in hex, `prev` as in the file. */
export interface Seen {
  ver: number;
  hash: string;
  prev: string | null;
}

type Sheet = VaultBody['sheets'][string];

/** E_ROLLBACK when the version is older than the known one; E_CHAIN when it is the same version
 * with another text, or the next one with another predecessor. A version further ahead is accepted:
 * its author's tag proves it, and the vault was behind. */
function goesForward(known: { ver: number; hash: string } | undefined, seen: Seen): void {
  if (!known) return;
  if (seen.ver < known.ver) throw new SealError('E_ROLLBACK');
  if (seen.ver === known.ver && seen.hash !== known.hash) throw new SealError('E_CHAIN');
  if (seen.ver === known.ver + 1 && seen.prev !== b64u(fromHex(known.hash))) throw new SealError('E_CHAIN');
}

/** The head of one's own page. */
export const headOf = (v: VaultBody, ws: string): Sheet | undefined => (v.sheets[ws]?.of === undefined ? v.sheets[ws] : undefined);

/** Checks one's own page that was opened as the newest. */
export const checkHead = (v: VaultBody, ws: string, seen: Seen): void => goesForward(headOf(v, ws), seen);

/** Records a newer version of one's own page; true when the vault changed. E_CHAIN for the same
 * version with another text: the server accepted two. */
export function raiseHead(v: VaultBody, ws: string, title: string, ver: number, hash: string): boolean {
  const known = headOf(v, ws);
  if (known && ver === known.ver && hash !== known.hash) throw new SealError('E_CHAIN');
  if (known && ver <= known.ver && (ver < known.ver || title === known.title)) return false;
  v.sheets[ws] = { ...known, title, ver, hash };
  return true;
}

/** The version of another person's page that was read last. E_CONTEXT when the id belongs to one's
 * own page or to a third person's. Older code stored no owner and no title. */
function readOf(v: VaultBody, ws: string, owner: string): Sheet | undefined {
  const known = v.sheets[ws];
  if (known && (known.of ?? (known.title === '' ? owner : '')) !== owner) throw new SealError('E_CONTEXT');
  return known;
}

/** Checks another person's page that was opened as the newest. */
export const checkRead = (v: VaultBody, ws: string, owner: string, seen: Seen): void => goesForward(readOf(v, ws, owner), seen);

/** Records the version read of another person's page; true when the vault changed. */
export function raiseRead(v: VaultBody, ws: string, owner: string, ver: number, hash: string): boolean {
  const known = readOf(v, ws, owner);
  if (known && ver <= known.ver) return false;
  v.sheets[ws] = { ...known, title: '', of: owner, ver, hash };
  return true;
}

/** Checks feedback that was opened as its author's newest. */
export const checkMark = (v: VaultBody, ws: string, author: string, seen: Seen): void => goesForward(v.feedback?.[ws]?.[author], seen);

/** Records feedback that was opened or sent; true when the vault changed. */
export function raiseMark(v: VaultBody, ws: string, author: string, ver: number, hash: string): boolean {
  const of = ((v.feedback ??= {})[ws] ??= {});
  if (ver <= (of[author]?.ver ?? 0)) return false;
  of[author] = { ...of[author], ver, hash };
  return true;
}
