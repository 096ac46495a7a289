// Resuming open pages after a tab was killed (section 7, "Resume"). It needs three parts: a record
// in this device's store, the server's half and the page's mask. The device key signs half XOR
// mask, so that neither part reveals the other: dropping the mask, which needs no database, makes
// the record useless at once, even for somebody who has the server's half.

import { b64u, random, unb64u, type Bytes } from './bytes';
import { SealError } from './error';
import * as K from './keys';
import type { Resume, Store } from './store';
import { openWrap, sealWrap, WrapKind } from './wrap';

/** What opens the record once: the server's half and the page's mask. */
export interface ResumeParts {
  half: string;
  mask: string;
}

export const hmacKey = (raw: Uint8Array) => crypto.subtle.importKey('raw', new Uint8Array(raw), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
export const signWith = async (key: CryptoKey, b: Uint8Array) => new Uint8Array(await crypto.subtle.sign('HMAC', key, new Uint8Array(b)));

const wrapKey = async (key: CryptoKey, half: Bytes, mask: Bytes, acct: Bytes) =>
  K.resumeWrapKey(
    await signWith(
      key,
      half.map((x, i) => x ^ (mask[i] ?? 0)),
    ),
    acct,
  );

/** The record that the tab resumed with: what is needed to keep it valid a little longer. */
export interface Resumed {
  mask: Bytes;
  by: Resume;
}

/** Stores a new resume record. The record just used stays beside it under the same mask: a page
 * reloaded before the server has the new half resumes with the old one. */
export async function keepResume(store: Store, root: Bytes, acct: Bytes, epoch: number, resumed?: Resumed): Promise<ResumeParts> {
  const [half, raw, mask] = [random(32), random(32), resumed?.mask ?? random(32)];
  const key = await hmacKey(raw);
  const blob = await sealWrap(await wrapKey(key, half, mask, acct), WrapKind.resume, acct, epoch, root);
  await store.keepResume([{ key, blob }, ...(resumed ? [resumed.by] : [])]);
  raw.fill(0);
  return { half: b64u(half), mask: b64u(mask) };
}

/** Resumes. E_CARD_NEEDED when there is no record. */
export async function openResume(store: Store, parts: ResumeParts, acct: Bytes): Promise<{ root: Bytes; epoch: number; resumed: Resumed }> {
  const [half, mask] = [unb64u(parts.half), unb64u(parts.mask)];
  let fault = new SealError('E_CARD_NEEDED');
  for (const by of await store.resume()) {
    try {
      return { ...(await openWrap(await wrapKey(by.key, half, mask, acct), by.blob, WrapKind.resume, acct, 0)), resumed: { mask, by } };
    } catch (e) {
      if (!(e instanceof SealError)) throw e;
      fault = e;
    }
  }
  throw fault;
}
