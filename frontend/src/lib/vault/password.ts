// What a page may know of passwords and new accounts, without loading the crypto itself.

export type { NewAccount } from './keeper';

/** A password: 10 to 1024 bytes of its normal form, as it is typed. */
export function passwordFits(p: string): boolean {
  const n = new TextEncoder().encode(p.normalize('NFKC')).length;
  return n >= 10 && n <= 1024;
}
