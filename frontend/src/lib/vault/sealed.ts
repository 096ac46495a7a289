// The sealed file: an age file with hybrid stanzas around four lines and padding (section 6.4).

import { Decrypter, Encrypter } from 'age-encryption';
import { b64u, compare, join, own, same, textOf, unb64u, utf8, wellFormed, type Bytes } from './bytes';
import { SealError } from './error';
import { hash, LABEL, peerOf, tagFor, type Keys, type Peer } from './keys';

export type Typ = 'worksheet' | 'feedback' | 'vault' | 'note' | 'mine' | 'draft' | 'return';

export const NIL_WS = '00000000-0000-0000-0000-000000000000';
export const MAX_READERS = 8;
const MIN_PLAIN = 4096;
const MAX_PLAIN = 524_288;
const MAX_L1 = 4096;

interface Header {
  f: string;
  typ: string;
  ws: string;
  ver: number;
  prev: string | null;
  vc: number;
  at: string;
  from: string;
  ep: number;
}

export interface Sealing {
  typ: Typ;
  ws: string;
  ver: number;
  prev: Uint8Array | null;
  vc: number;
  body: string;
  readers?: Peer[];
  at?: Date;
}

/** Rounds a length up to the padding grid, so that the file size reveals little. */
export function padme(n: number): number {
  if (n < 2) return n;
  const e = Math.floor(Math.log2(n));
  const step = 2 ** (e - (Math.floor(Math.log2(e)) + 1));
  return Math.ceil(n / step) * step;
}

const contentHash = (l1: string, l2: string): Bytes => hash(utf8(LABEL + 'content\0'), utf8(l1), utf8('\n'), utf8(l2));
const sealHash = (hc: Uint8Array, l3: string): Bytes => hash(utf8(LABEL + 'seal\0'), hc, utf8(l3));

/** Seals a document for its author and the readers. */
export async function seal(k: Keys, s: Sealing): Promise<{ file: Bytes; hc: Bytes }> {
  const others = [...(s.readers ?? [])].sort((a, b) => compare(a.acct, b.acct));
  const { l1 } = headed(k.acct, k.epoch, s);
  return sealLines(k, [peerOf(k.bundle), ...others], l1, s.body);
}

/** Reseals one's own file for other readers. The first two lines stay the same, and with them
 * version, time and content hash. */
export async function reseal(k: Keys, o: Opened, readers: Peer[]): Promise<{ file: Bytes; hc: Bytes }> {
  const others = [...readers].sort((a, b) => compare(a.acct, b.acct));
  return sealLines(k, [peerOf(k.bundle), ...others], JSON.stringify(o.header), o.body);
}

async function sealLines(k: Keys, all: Peer[], l1: string, l2: string): Promise<{ file: Bytes; hc: Bytes }> {
  const hc = contentHash(l1, l2);
  const l3 = JSON.stringify(all.map((p) => [b64u(p.acct), b64u(p.f)]));
  const d = sealHash(hc, l3);
  const l4 = JSON.stringify(all.map((p) => b64u(tagFor(k, p, k.f, p.f, d))));
  return { file: await encrypt(all, padded(l1, l2, l3, l4)), hc };
}

/** Seals a draft to oneself with the public key only, while the keys are locked. It has no tag, so
 * it is accepted only from this device's own store. */
export async function sealLockedDraft(bundle: Uint8Array, s: Omit<Sealing, 'typ' | 'readers'>): Promise<Bytes> {
  const self = peerOf(bundle);
  const { l1 } = headed(self.acct, self.epoch, { ...s, typ: 'draft' });
  return encrypt([self], padded(l1, s.body, JSON.stringify([[b64u(self.acct), b64u(self.f)]]), '[""]'));
}

function headed(acct: Uint8Array, epoch: number, s: Sealing): { l1: string; hc: Bytes } {
  if (!wellFormed(s.body) || /[\r\n]/.test(s.body)) throw new SealError('E_UTF8');
  const at = (s.at ?? new Date()).toISOString().slice(0, 16) + 'Z';
  const h: Header = { f: 'wsx1', typ: s.typ, ws: s.ws, ver: s.ver, prev: s.prev ? b64u(s.prev) : null, vc: s.vc, at, from: b64u(acct), ep: epoch };
  const l1 = JSON.stringify(h);
  return { l1, hc: contentHash(l1, s.body) };
}

function padded(...lines: string[]): Bytes {
  const text = utf8([...lines, ''].join('\n'));
  const total = Math.max(MIN_PLAIN, padme(text.length));
  if (total > MAX_PLAIN || utf8(lines[0] ?? '').length > MAX_L1) throw new SealError('E_FRAME');
  return join(text, new Uint8Array(total - text.length).fill(0x20));
}

async function encrypt(all: Peer[], plain: Bytes): Promise<Bytes> {
  if (all.length > MAX_READERS) throw new SealError('E_TOO_MANY');
  const e = new Encrypter();
  for (const p of all) {
    // The library would accept any suite; the format allows one.
    if (!p.recipient.startsWith('age1pq1')) throw new SealError('E_RECIPIENT_KIND');
    e.addRecipient(p.recipient);
  }
  return own(await e.encrypt(plain));
}

export interface Expected {
  typ: Typ;
  ws: string;
  ver?: number;
  minVer?: number;
  author: Uint8Array;
  prev?: Uint8Array;
  vaultCtr?: number;
  pinned?: Peer[];
  /** Only for drafts of this device's own store. */
  untagged?: boolean;
}

export interface Opened {
  header: Header;
  body: string;
  hc: Bytes;
  readers: string[];
}

/** Opens a file and makes all checks of the format, in the format's order. */
export async function open(k: Keys, file: Uint8Array, want: Expected): Promise<Opened> {
  const stanzas = countStanzas(file);
  const d = new Decrypter();
  d.addIdentity(k.identity);
  let plain: Uint8Array;
  try {
    plain = await d.decrypt(file);
  } catch {
    throw new SealError('E_OPEN');
  }
  const [l1, l2, l3, l4] = frame(plain);
  const rows = canonical<[string, string][]>(l3);
  const tags = canonical<string[]>(l4);
  const header = canonical<Header>(l1);
  if (!Array.isArray(rows) || !Array.isArray(tags) || rows.length < 1 || rows.length > MAX_READERS || rows.length !== tags.length || rows.length !== stanzas) {
    throw new SealError('E_FRAME');
  }
  if (Object.keys(header).join() !== 'f,typ,ws,ver,prev,vc,at,from,ep') throw new SealError('E_FRAME');
  checkContext(header, want);
  const out = { header, body: l2, hc: contentHash(l1, l2), readers: rows.map((r) => r[0]) };
  checkTag(k, out, rows, tags, l3, want);
  return out;
}

function countStanzas(file: Uint8Array): number {
  // The header is ASCII and at most a few kilobytes; decoding as Latin-1 keeps one character per
  // byte.
  const head = new TextDecoder('latin1').decode(file.slice(0, 64 * 1024));
  const end = head.indexOf('\n--- ');
  if (end < 0) throw new SealError('E_OPEN');
  const all = head.slice(0, end).match(/\n-> \S*/g) ?? [];
  if (all.some((s) => s !== '\n-> mlkem768x25519')) throw new SealError('E_RECIPIENT_KIND');
  if (all.length > MAX_READERS) throw new SealError('E_TOO_MANY');
  return all.length;
}

function frame(plain: Uint8Array): [string, string, string, string] {
  if (plain.length > MAX_PLAIN || plain.length !== Math.max(MIN_PLAIN, padme(plain.length))) throw new SealError('E_FRAME');
  const text = textOf(plain);
  const [l1, l2, l3, l4, spaces, ...more] = text.split('\n');
  if (l1 === undefined || l2 === undefined || l3 === undefined || l4 === undefined || spaces === undefined || more.length > 0) throw new SealError('E_FRAME');
  if (/[^ ]/.test(spaces) || text.includes('\r') || utf8(l1).length > MAX_L1) throw new SealError('E_FRAME');
  if (plain.length !== Math.max(MIN_PLAIN, padme(plain.length - spaces.length))) throw new SealError('E_FRAME');
  return [l1, l2, l3, l4];
}

/** Parses JSON in canonical form only: no duplicate key, no space, no other form of a number. */
function canonical<T>(line: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new SealError('E_FRAME');
  }
  if (JSON.stringify(value) !== line || value === null || typeof value !== 'object') throw new SealError('E_FRAME');
  return value as T;
}

function checkContext(h: Header, want: Expected): void {
  if (h.f !== 'wsx1') throw new SealError('E_VERSION');
  if (h.typ !== want.typ || h.ws !== want.ws || (want.ver !== undefined && h.ver !== want.ver)) throw new SealError('E_CONTEXT');
  if (h.from !== b64u(want.author)) throw new SealError('E_AUTHOR');
  if (want.minVer !== undefined && h.ver < want.minVer) throw new SealError('E_ROLLBACK');
  if (want.prev && h.prev !== b64u(want.prev)) throw new SealError('E_CHAIN');
}

function checkTag(k: Keys, o: Opened, rows: [string, string][], tags: string[], l3: string, want: Expected): void {
  const at = rows.findIndex((r) => r[0] === b64u(k.acct) && r[1] === b64u(k.f));
  if (at < 0) throw new SealError('E_NOT_ADDRESSED');
  const own = o.header.from === b64u(k.acct);
  if (own && want.vaultCtr !== undefined && o.header.vc > want.vaultCtr) throw new SealError('E_ROLLBACK');
  const author = own ? peerOf(k.bundle) : want.pinned?.find((p) => same(p.acct, want.author));
  if (!author) throw new SealError('E_UNKNOWN_AUTHOR');
  if (o.header.ep !== author.epoch) throw new SealError('E_EPOCH');
  if (want.untagged && want.typ === 'draft' && tags[at] === '') return;
  const tag = tagFor(k, author, author.f, k.f, sealHash(o.hc, l3));
  let got: Uint8Array;
  try {
    got = unb64u(tags[at] ?? '');
  } catch {
    throw new SealError('E_TAG');
  }
  if (!same(got, tag)) throw new SealError('E_TAG');
}
