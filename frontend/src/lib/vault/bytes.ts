// Conversions between bytes and text. Decoding is strict: each value has exactly one encoding.

import { base64urlnopad, hex } from '@scure/base';
import { SealError } from './error';

export type Bytes = Uint8Array<ArrayBuffer>;

export const b64u = (b: Uint8Array): string => base64urlnopad.encode(b);

/** Strict base64url without padding. E_CODE for anything else. */
export function unb64u(text: string): Bytes {
  try {
    return own(base64urlnopad.decode(text));
  } catch {
    throw new SealError('E_CODE');
  }
}

export const toHex = (b: Uint8Array): string => hex.encode(b);
export const fromHex = (s: string): Bytes => own(hex.decode(s));

/** A copy on an ArrayBuffer of its own, which is what WebCrypto takes. */
export const own = (b: Uint8Array): Bytes => new Uint8Array(b);

export function join(...parts: Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

export const utf8 = (s: string): Bytes => own(new TextEncoder().encode(s));

/** Decodes UTF-8; E_UTF8 when the bytes are not valid UTF-8. */
export function textOf(b: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(b);
  } catch {
    throw new SealError('E_UTF8');
  }
}

/** Compares in constant time. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let diff = 0;
  for (let i = 0; i < a.length; i++) diff |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return diff === 0;
}

export function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const d = (a[i] ?? 0) - (b[i] ?? 0);
    if (d !== 0) return d;
  }
  return a.length - b.length;
}

export const random = (n: number): Bytes => crypto.getRandomValues(new Uint8Array(n));

export function u32(n: number): Bytes {
  const b = new Uint8Array(4);
  new DataView(b.buffer).setUint32(0, n);
  return b;
}

export const readU32 = (b: Uint8Array, at: number): number => new DataView(b.buffer, b.byteOffset).getUint32(at);

/** Whether a text has no lone surrogate; one would not survive encoding as UTF-8. */
export const wellFormed = (s: string): boolean => !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(s);
