// Contacts and consents inside the open vault. What must hold: a file is sealed for nobody who
// was not compared in person, and opened from nobody else either; the server's lists are never
// asked. A change raises the entry's number, so that two devices agree on the newer one.

import { b64u, compare, same, unb64u } from './bytes';
import { SealError } from './error';
import { fingerprintWords, peerOf, type Peer } from './keys';
import { bars, nearOf, readPerson } from './standing';
import type { VaultBody } from './vaultfile';

export interface Contact {
  name: string;
  how: 'qr' | 'words';
  on: string;
}

const CODE = /^wsx1:v:([A-Za-z0-9_-]{22}):([1-9]\d{0,9}):([A-Za-z0-9_-]{43})$/;

/** The text of one's own code, for another person's camera. */
export const contactCode = (p: Peer): string => `wsx1:v:${b64u(p.acct)}:${p.epoch}:${b64u(p.f)}`;

/** Checks a scanned code against the bundle that was fetched for this person: E_CODE when it is
 * no such code, E_PIN when it is somebody else's or another key. */
export function matchCode(code: string, acct: string, bundle: Uint8Array): Peer {
  const parts = CODE.exec(code.trim());
  if (!parts) throw new SealError('E_CODE');
  const peer = peerOf(bundle);
  const fits = parts[1] === acct && b64u(peer.acct) === acct && parts[2] === String(peer.epoch) && same(unb64u(parts[3] ?? ''), peer.f);
  if (!fits) throw new SealError('E_PIN');
  return peer;
}

/** Checks the words that were heard against the key that was fetched; `at` are their places. */
export function matchWords(heard: string[], at: number[], acct: string, bundle: Uint8Array): Peer {
  const peer = peerOf(bundle);
  const words = fingerprintWords(peer.f);
  if (at.length < 3 || new Set(at).size !== at.length || heard.length !== at.length) throw new SealError('E_CODE');
  const fits = at.every((place, i) => words[place] !== undefined && words[place] === heard[i]?.trim().toLowerCase());
  if (b64u(peer.acct) !== acct || !fits) throw new SealError('E_PIN');
  return peer;
}

/** Pins a compared person. */
export function pin(v: VaultBody, peer: Peer, bundle: string, name: string, how: Contact['how'], on: string): void {
  const acct = b64u(peer.acct);
  v.contacts[acct] = { ...v.contacts[acct], name, F: b64u(peer.f), bundle, epoch: peer.epoch, how, on, state: 'active', n: (v.contacts[acct]?.n ?? 0) + 1 };
}

/** Forgets that a person was compared; nothing is sealed for them any more. */
export function unpin(v: VaultBody, acct: string): void {
  const c = v.contacts[acct];
  if (c) v.contacts[acct] = { ...c, state: 'revoked', n: c.n + 1 };
  for (const ws of Object.keys(v.consents)) setConsent(v, ws, acct, false);
}

/** The keys of the people who are pinned now. */
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

/** Readers in the order of the format: by the bytes of their accounts. */
export const inOrder = (peers: Peer[]): Peer[] => [...peers].sort((a, b) => compare(a.acct, b.acct));

export const contactsOf = (v: VaultBody): Record<string, Contact> =>
  Object.fromEntries(Object.entries(v.contacts).flatMap(([acct, c]) => (c.state === 'active' ? [[acct, { name: c.name, how: c.how, on: c.on }]] : [])));

/** Turns a page on or off for a reader. */
export function setConsent(v: VaultBody, ws: string, acct: string, on: boolean): void {
  const of = (v.consents[ws] ??= {});
  if (!of[acct] && !on) return;
  of[acct] = { ...of[acct], on, n: (of[acct]?.n ?? 0) + 1 };
}

/** Notes that a version was sealed for these readers and stored; true when the vault changed. */
export function noteSent(v: VaultBody, ws: string, accts: string[], ver: number): boolean {
  const news = accts.map((acct) => v.consents[ws]?.[acct]).filter((e) => e?.on && ver > (e.sent ?? 0));
  for (const e of news) if (e) e.sent = ver;
  return news.length > 0;
}

/** The version that each reader of a page has at least, as far as it was noted. */
export const sentOf = (v: VaultBody, ws: string): Record<string, number> => Object.fromEntries(readersOf(v, ws).map((acct) => [acct, v.consents[ws]?.[acct]?.sent ?? 0]));

/** The versions that people who are off a page may have: none was proven to be sealed without them. */
export function leftOf(v: VaultBody, ws: string): number[] {
  const on = readersOf(v, ws);
  return Object.entries(v.consents[ws] ?? {}).flatMap(([acct, e]) => (e.sent && !on.includes(acct) ? [e.sent] : []));
}

/** Notes that these versions are sealed for nobody who is off the page; true when the vault changed. */
export function noteLeft(v: VaultBody, ws: string, vers: number[]): boolean {
  const on = readersOf(v, ws);
  const done = Object.entries(v.consents[ws] ?? {}).filter(([acct, e]) => vers.includes(e.sent ?? 0) && !on.includes(acct));
  for (const [, e] of done) delete e.sent;
  return done.length > 0;
}

/** What a page says of itself: its short name, and the page that it is about. */
export interface About {
  title: string;
  about: string;
}

/** Who a page is on for, among the people who are pinned; never one whom it is about. Sealing gives
 * `page`, which says what no note in the vault has to. */
export function readersOf(v: VaultBody, ws: string, page?: About): string[] {
  const isTheirs = theirs(v, ws, page);
  return Object.entries(v.consents[ws] ?? {})
    .filter(([acct, e]) => e.on && v.contacts[acct]?.state === 'active' && !isTheirs(acct))
    .map(([acct]) => acct);
}

/** Whether a page is about this account. */
export function theirs(v: VaultBody, ws: string, page: About = { title: '', about: '' }): (acct: string) => boolean {
  const people = Object.fromEntries(Object.entries(v.safety ?? {}).map(([id, p]) => [id, readPerson(p)]));
  const near = nearOf(people, page.about ? [ws, page.about] : [ws], page.title);
  return (acct) => bars(near, acct);
}

/** Turns off what is on for those whom it is about. */
export function shutTheirs(v: VaultBody): void {
  for (const [ws, of] of Object.entries(v.consents)) {
    const isTheirs = theirs(v, ws);
    for (const [acct, e] of Object.entries(of)) if (e.on && isTheirs(acct)) setConsent(v, ws, acct, false);
  }
}
