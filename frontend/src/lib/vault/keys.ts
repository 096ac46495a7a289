// Everything derived from the card, the password and the root: section 5 of the sealing format. The
// label is part of the format and never changes.

import { x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bech32 } from '@scure/base';
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { identityToRecipient } from 'age-encryption';
import { b64u, join, own, readU32, u32, unb64u, utf8, type Bytes } from './bytes';
import { SealError } from './error';

export const LABEL = 'worksheet-e2ee/v1/';

export const kdf = (ikm: Uint8Array, salt: Uint8Array, name: string, n: number): Bytes => own(hkdf(sha256, ikm, salt, utf8(LABEL + name), n));

export const mac = (key: Uint8Array, message: Uint8Array): Bytes => own(hmac(sha256, key, message));
export const hash = (...parts: Uint8Array[]): Bytes => own(sha256(join(...parts)));

// The key card: 16 random bytes R as 12 words.

export const cardWords = (r: Uint8Array): string[] => entropyToMnemonic(r, wordlist).split(' ');

/** Reads 12 words as people type them. E_CODE when they are not a key card. */
export function cardOf(words: string): Bytes {
  const normal = words.normalize('NFKC').toLowerCase().trim().split(/\s+/).join(' ');
  try {
    const r = own(mnemonicToEntropy(normal, wordlist));
    if (r.length === 16) return r;
  } catch {
    // fall through: one error for every wrong form
  }
  throw new SealError('E_CODE');
}

export const cardCode = (r: Uint8Array): string => 'wsx1:c:' + b64u(r);

/** Reads the QR code of a card. E_CODE for every other text. */
export function cardOfCode(code: string): Bytes {
  const m = /^wsx1:c:([A-Za-z0-9_-]{22})$/.exec(code.trim());
  if (!m?.[1]) throw new SealError('E_CODE');
  return unb64u(m[1]);
}

export const isCardWord = (word: string): boolean => wordlist.includes(word);

export const deviceSecret = (r: Uint8Array, acct: Uint8Array): Bytes => kdf(r, acct, 'device-secret', 32);
export const cardWrapKey = (r: Uint8Array, acct: Uint8Array): Bytes => kdf(r, acct, 'card-wrap', 64);
export const cardAuth = (r: Uint8Array, acct: Uint8Array): Bytes => kdf(r, acct, 'card-auth', 32);
export const passwordAuth = (mk: Uint8Array, acct: Uint8Array): Bytes => kdf(mk, acct, 'password-auth', 32);

/** Kpw from HMAC(S, MK). The caller makes the HMAC, since S may be a CryptoKey that cannot be
 * exported. */
export const passwordWrapKey = (macOfMk: Uint8Array, acct: Uint8Array): Bytes => kdf(macOfMk, acct, 'password-wrap', 64);
export const resumeWrapKey = (macOfHalf: Uint8Array, acct: Uint8Array): Bytes => kdf(macOfHalf, acct, 'resume-wrap', 64);

/** All keys derived from a root in one epoch. They stay in the worker. */
export interface Keys {
  acct: Bytes;
  epoch: number;
  identity: string;
  recipient: string;
  macSk: Bytes;
  macSelf: Bytes;
  bundle: Bytes;
  f: Bytes;
}

export async function deriveKeys(root: Uint8Array, acct: Uint8Array, epoch: number): Promise<Keys> {
  const seed = kdf(root, acct, 'age-xwing', 32);
  const identity = bech32.encodeFromBytes('age-secret-key-pq-', seed).toUpperCase();
  const recipient = await identityToRecipient(identity);
  const macSk = kdf(root, acct, 'mac-x25519', 32);
  const macSelf = kdf(root, acct, 'mac-self', 32);
  const publicKey = bech32.decodeToBytes(recipient).bytes;
  const bundle = join(new Uint8Array([1]), acct, u32(epoch), publicKey, x25519.getPublicKey(macSk));
  return { acct: own(acct), epoch, identity, recipient, macSk, macSelf, bundle, f: fingerprint(bundle) };
}

// Public bundles of other people (and one's own).

export const BUNDLE_BYTES = 1269;

export const fingerprint = (bundle: Uint8Array): Bytes => hash(utf8(LABEL + 'bundle\0'), bundle);

/** The first 88 bits of F as 8 words. */
export function fingerprintWords(f: Uint8Array): string[] {
  return Array.from({ length: 8 }, (_, i) => {
    let n = 0;
    for (let bit = i * 11; bit < i * 11 + 11; bit++) n = (n << 1) | (((f[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
    return wordlist[n] ?? '';
  });
}

export interface Peer {
  acct: Bytes;
  epoch: number;
  f: Bytes;
  recipient: string;
  macPub: Bytes;
}

/** Parses a bundle. E_KEY when it is malformed. */
export function peerOf(bundle: Uint8Array): Peer {
  const macPub = bundle.slice(1237);
  if (bundle.length !== BUNDLE_BYTES || bundle[0] !== 1 || macPub.every((b) => b === 0)) throw new SealError('E_KEY');
  const words = bech32.toWords(bundle.slice(21, 1237));
  return {
    acct: own(bundle.slice(1, 17)),
    epoch: readU32(bundle, 17),
    f: fingerprint(bundle),
    recipient: bech32.encode('age1pq', words, false),
    macPub: own(macPub),
  };
}

/** The pairwise (or own) tag over D. Both sides compute the same tag; the author's F comes first. */
export function tagFor(k: Keys, other: { acct: Uint8Array; macPub: Uint8Array }, fAuthor: Uint8Array, fReader: Uint8Array, d: Uint8Array): Bytes {
  if (b64u(other.acct) === b64u(k.acct)) return mac(k.macSelf, d);
  let shared: Uint8Array;
  try {
    shared = x25519.getSharedSecret(k.macSk, other.macPub);
  } catch {
    throw new SealError('E_KEY');
  }
  if (shared.every((b) => b === 0)) throw new SealError('E_KEY');
  return mac(kdf(shared, join(fAuthor, fReader), 'mac-key', 32), d);
}
