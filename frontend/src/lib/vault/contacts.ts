// Contacts and consents inside the open vault. Invariant: files are sealed for, and opened from,
// only people who were compared in person; the server's lists are never consulted. Every change
// increments the entry's number `n`, so that merging two devices keeps the newer change.

import { b64u, compare, same, unb64u } from './bytes';
import { SealError } from './error';
import { fingerprintWords, peerOf, type Peer } from './keys';
import { bars, nearOf, readPerson } from './findings';
import type { VaultBody } from './vaultfile';

export interface Contact {
  name: string;
  how: 'qr' | 'words';
  on: string;
}

const CODE = /^wsx1:v:([A-Za-z0-9_-]{22}):([1-9]\d{0,9}):([A-Za-z0-9_-]{43})$/;

/** The text of this person's own QR code, for another person's camera. */
export const contactCode = (p: Peer): string => `wsx1:v:${b64u(p.acct)}:${p.epoch}:${b64u(p.f)}`;

/** Checks a scanned code against the bundle fetched for this person: E_CODE when it is not a
 * contact code, E_PIN when it belongs to another account or another key. */
export function matchCode(code: string, acct: string, bundle: Uint8Array): Peer {
  const parts = CODE.exec(code.trim());
  if (!parts) throw new SealError('E_CODE');
  const peer = peerOf(bundle);
  const fits = parts[1] === acct && b64u(peer.acct) === acct && parts[2] === String(peer.epoch) && same(unb64u(parts[3] ?? ''), peer.f);
  if (!fits) throw new SealError('E_PIN');
  return peer;
}

/** Checks words read aloud against the fetched key; `at` are their positions in the fingerprint. */
export function matchWords(heard: string[], at: number[], acct: string, bundle: Uint8Array): Peer {
  const peer = peerOf(bundle);
  const words = fingerprintWords(peer.f);
  if (at.length < 3 || new Set(at).size !== at.length || heard.length !== at.length) throw new SealError('E_CODE');
  const fits = at.every((place, i) => words[place] !== undefined && words[place] === heard[i]?.trim().toLowerCase());
  if (b64u(peer.acct) !== acct || !fits) throw new SealError('E_PIN');
  return peer;
}

/** Pins a person who was compared in person. */
export function pin(v: VaultBody, peer: Peer, bundle: string, name: string, how: Contact['how'], on: string): void {
  const acct = b64u(peer.acct);
  v.contacts[acct] = { ...v.contacts[acct], name, F: b64u(peer.f), bundle, epoch: peer.epoch, how, on, state: 'active', n: (v.contacts[acct]?.n ?? 0) + 1 };
}

/** Removes a pin: from now on nothing is sealed for this person. */
export function unpin(v: VaultBody, acct: string): void {
  const c = v.contacts[acct];
  if (c) v.contacts[acct] = { ...c, state: 'revoked', n: c.n + 1 };
  for (const ws of Object.keys(v.consents)) setConsent(v, ws, acct, false);
}

/** The keys of all pinned people. */
export const pinned = (v: VaultBody): Peer[] =>
  Object.values(v.contacts)
    .filter((c) => c.state === 'active')
    .map((c) => peerOf(unb64u(c.bundle)));

/** The pinned key of each account, or E_UNKNOWN_AUTHOR. */
export function peersOf(v: VaultBody, accts: string[]): Peer[] {
  const all = pinned(v);
  return accts.map((acct) => {
    const peer = all.find((p) => b64u(p.acct) === acct);
    if (!peer) throw new SealError('E_UNKNOWN_AUTHOR');
    return peer;
  });
}

/** Sorts readers as the format requires: by the bytes of their accounts. */
export const inOrder = (peers: Peer[]): Peer[] => [...peers].sort((a, b) => compare(a.acct, b.acct));

export const contactsOf = (v: VaultBody): Record<string, Contact> =>
  Object.fromEntries(Object.entries(v.contacts).flatMap(([acct, c]) => (c.state === 'active' ? [[acct, { name: c.name, how: c.how, on: c.on }]] : [])));

/** Turns a page on or off for a reader. */
export function setConsent(v: VaultBody, ws: string, acct: string, on: boolean): void {
  const of = (v.consents[ws] ??= {});
  if (!of[acct] && !on) return;
  of[acct] = { ...of[acct], on, n: (of[acct]?.n ?? 0) + 1 };
}

type Consent = VaultBody['consents'][string][string];

/** Every version that may be stored sealed for this reader. A copy written by older code knows only
 * the newest one. */
function heldBy(e: Consent | undefined): number[] {
  const vers = Object.keys({ ...e?.had, [e?.sent ?? 0]: 0 }).map(Number);
  return vers.filter((ver) => ver > 0 && (ver === e?.sent || (e?.had?.[ver] ?? 0) % 2));
}

/** The odd count of a version that may be sealed for this reader; the next one is the even count after
 * it was resealed without them. */
const oddOf = (e: Consent, ver: number): number => (e.had?.[ver] ?? 0) | 1;

/** Records that a version sealed for these readers may be stored: before it is uploaded, since no
 * reply proves that it is not. True when the vault changed. */
export function noteSent(v: VaultBody, ws: string, accts: string[], ver: number): boolean {
  const news = accts.map((acct) => v.consents[ws]?.[acct]).filter((e) => e?.on && !heldBy(e).includes(ver));
  for (const e of news) if (e) [e.had, e.sent] = [{ ...e.had, [ver]: oddOf(e, ver) }, ver];
  return news.length > 0;
}

/** The newest version recorded as sent to each current reader of a page; 0 when none was. */
export const sentOf = (v: VaultBody, ws: string): Record<string, number> =>
  Object.fromEntries(readersOf(v, ws).map((acct) => [acct, Math.max(0, ...heldBy(v.consents[ws]?.[acct]))]));

/** Every version ever sent to people who are no longer readers of the page, as long as nothing
 * proves that it was resealed without them: a lying server can serve any of them as never shared. */
export function leftOf(v: VaultBody, ws: string): number[] {
  const on = readersOf(v, ws);
  return [...new Set(Object.entries(v.consents[ws] ?? {}).flatMap(([acct, e]) => (on.includes(acct) ? [] : heldBy(e))))];
}

/** Records that these versions are no longer sealed for any former reader, except `before`: those
 * who were still readers when the versions were resealed. True when the vault changed. */
export function noteLeft(v: VaultBody, ws: string, vers: number[], before: string[] = []): boolean {
  const on = readersOf(v, ws).concat(before);
  const off = Object.entries(v.consents[ws] ?? {}).filter(([acct, e]) => !on.includes(acct) && heldBy(e).some((ver) => vers.includes(ver)));
  for (const [, e] of off) {
    for (const ver of heldBy(e).filter((held) => vers.includes(held))) e.had = { ...e.had, [ver]: oddOf(e, ver) + 1 };
    if (vers.includes(e.sent ?? 0)) e.sent = 0;
  }
  return off.length > 0;
}

/** What a page states in its own text: the short name in it, and the page that it is about. */
export interface About {
  title: string;
  about: string;
}

/** The pinned people for whom a page is on, without those whom the page is about. When sealing,
 * `page` is taken from the text itself, because the vault may have no entry for the page yet. */
export function readersOf(v: VaultBody, ws: string, page?: About): string[] {
  const isSubject = subjectTest(v, ws, page);
  return Object.entries(v.consents[ws] ?? {})
    .filter(([acct, e]) => e.on && v.contacts[acct]?.state === 'active' && !isSubject(acct))
    .map(([acct]) => acct);
}

/** A test whether a page is about a given account. */
export function subjectTest(v: VaultBody, ws: string, page: About = { title: '', about: '' }): (acct: string) => boolean {
  const people = Object.fromEntries(Object.entries(v.safety ?? {}).map(([id, p]) => [id, readPerson(p)]));
  const near = nearOf(people, page.about ? [ws, page.about] : [ws], page.title);
  return (acct) => bars(near, acct);
}

/** Turns pages off for the people whom they are about. */
export function turnOffSubjects(v: VaultBody): void {
  for (const [ws, of] of Object.entries(v.consents)) {
    const isSubject = subjectTest(v, ws);
    for (const [acct, e] of Object.entries(of)) if (e.on && isSubject(acct)) setConsent(v, ws, acct, false);
  }
}
