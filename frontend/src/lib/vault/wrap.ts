// The wrap blob, 118 bytes: one sealed copy of a root (section 6.1).

import { join, own, random, readU32, same, u32, utf8, type Bytes } from './bytes';
import { SealError } from './error';

export const WrapKind = { password: 1, card: 2, passkey: 3, resume: 4 } as const;
export type WrapKind = (typeof WrapKind)[keyof typeof WrapKind];

const aes = (key: Uint8Array, use: KeyUsage) => crypto.subtle.importKey('raw', own(key.slice(0, 32)), 'AES-GCM', false, [use]);

export async function sealWrap(key: Uint8Array, kind: WrapKind, acct: Uint8Array, epoch: number, root: Uint8Array, nonce: Bytes = random(12)): Promise<Bytes> {
  const head = join(utf8('WSXW'), new Uint8Array([1, kind]), u32(epoch), acct, nonce, key.slice(32, 64));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: head }, await aes(key, 'encrypt'), own(root));
  return join(head, new Uint8Array(sealed));
}

/** Opens a wrap; the order of the checks is part of the format. */
export async function openWrap(key: Uint8Array, blob: Uint8Array, kind: WrapKind, acct: Uint8Array, minEpoch: number): Promise<{ root: Bytes; epoch: number }> {
  if (blob.length !== 118 || !same(blob.slice(0, 4), utf8('WSXW')) || blob[4] !== 1) throw new SealError('E_WRAP_FORMAT');
  if (blob[5] !== kind) throw new SealError('E_WRAP_KIND');
  if (!same(blob.slice(10, 26), acct)) throw new SealError('E_WRAP_ACCOUNT');
  const epoch = readU32(blob, 6);
  if (epoch < minEpoch) throw new SealError('E_WRAP_EPOCH');
  if (!same(blob.slice(38, 70), key.slice(32, 64))) throw new SealError('E_WRAP_KEY');
  try {
    const root = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: own(blob.slice(26, 38)), additionalData: own(blob.slice(0, 70)) },
      await aes(key, 'decrypt'),
      own(blob.slice(70)),
    );
    return { root: new Uint8Array(root), epoch };
  } catch {
    throw new SealError('E_WRAP_CORRUPT');
  }
}
