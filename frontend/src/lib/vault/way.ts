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
export interface Way {
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

/** How the tab resumed: what is needed to keep that record valid a little longer. */
export interface Came {
  mask: Bytes;
  by: Resume;
}

/** Stores a new resume record. The record just used stays beside it under the same mask: a page
 * reloaded before the server has the new half resumes with the old one. */
export async function makeWay(store: Store, root: Bytes, acct: Bytes, epoch: number, came?: Came): Promise<Way> {
  const [half, raw, mask] = [random(32), random(32), came?.mask ?? random(32)];
  const key = await hmacKey(raw);
  const blob = await sealWrap(await wrapKey(key, half, mask, acct), WrapKind.resume, acct, epoch, root);
  await store.keepResume([{ key, blob }, ...(came ? [came.by] : [])]);
  raw.fill(0);
  return { half: b64u(half), mask: b64u(mask) };
}

/** Resumes. E_CARD_NEEDED when there is no record. */
export async function goWay(store: Store, way: Way, acct: Bytes): Promise<{ root: Bytes; epoch: number; came: Came }> {
  const [half, mask] = [unb64u(way.half), unb64u(way.mask)];
  let fault = new SealError('E_CARD_NEEDED');
  for (const by of await store.resume()) {
    try {
      return { ...(await openWrap(await wrapKey(by.key, half, mask, acct), by.blob, WrapKind.resume, acct, 0)), came: { mask, by } };
    } catch (e) {
      if (!(e instanceof SealError)) throw e;
      fault = e;
    }
  }
  throw fault;
}
