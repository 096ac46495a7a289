// Derives the password's master key with Argon2id v1.3. The server may choose a KDF by identifier
// only: the parameters belong to the identifier here, so that a server cannot weaken them.

import { argon2idAsync } from '@noble/hashes/argon2.js';
import { argon2id } from 'hash-wasm';
import { own, same, toHex, utf8, type Bytes } from './bytes';
import { SealError } from './error';

const PARAMETERS = { a1: { memoryKiB: 65536, passes: 3, lanes: 1, bytes: 32 } } as const;

type Hasher = (password: Bytes, salt: Bytes, p: { memoryKiB: number; passes: number; lanes: number; bytes: number }) => Promise<Uint8Array>;

const byWasm: Hasher = (password, salt, p) =>
  argon2id({ password, salt, iterations: p.passes, parallelism: p.lanes, memorySize: p.memoryKiB, hashLength: p.bytes, outputType: 'binary' });

const byScript: Hasher = (password, salt, p) => argon2idAsync(password, salt, { m: p.memoryKiB, t: p.passes, p: p.lanes, dkLen: p.bytes });

/** A known input on which WASM and the JavaScript hasher must agree before WASM gets the password. */
const KNOWN = { password: 'amends', salt: '0123456789abcdef', memoryKiB: 64 };

/** The master key of a password. `careful` derives it twice and compares: WASM on one phone gave a
 * wrong result on its first run. Fails with E_KDF, E_KDF_SELFTEST or E_MEMORY. */
export async function masterKey(kdfId: string, password: string, salt: Uint8Array, careful = false, wasm: Hasher = byWasm): Promise<Bytes> {
  if (kdfId !== 'a1') throw new SealError('E_KDF');
  const p = PARAMETERS[kdfId];
  const bytes = utf8(password.normalize('NFKC'));
  const hasher = await pick(wasm);
  const first = await derive(hasher, bytes, own(salt), p);
  if (careful) {
    const second = await derive(hasher, bytes, own(salt), p);
    if (!same(first, second)) throw new SealError('E_KDF_SELFTEST');
  }
  return first;
}

/** WASM, or the JavaScript hasher when WASM does not run. E_KDF_SELFTEST when WASM gives another
 * result for the known input. */
async function pick(wasm: Hasher): Promise<Hasher> {
  const small = { memoryKiB: KNOWN.memoryKiB, passes: 1, lanes: 1, bytes: 32 };
  const want = await byScript(utf8(KNOWN.password), utf8(KNOWN.salt), small);
  let got: Uint8Array;
  try {
    got = await wasm(utf8(KNOWN.password), utf8(KNOWN.salt), small);
  } catch {
    return byScript;
  }
  if (toHex(got) !== toHex(want)) throw new SealError('E_KDF_SELFTEST');
  return wasm;
}

async function derive(hasher: Hasher, password: Bytes, salt: Bytes, p: Parameters<Hasher>[2]): Promise<Bytes> {
  try {
    return own(await hasher(password, salt, p));
  } catch {
    if (hasher === byScript) throw new SealError('E_MEMORY');
  }
  try {
    return own(await byScript(password, salt, p));
  } catch {
    throw new SealError('E_MEMORY');
  }
}
