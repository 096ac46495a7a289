// What a page needs about passwords and new accounts without loading the crypto code.

export type { NewAccount } from './keeper';

/** Whether a password has 10 to 1024 bytes in UTF-8 after NFKC. */
export function passwordFits(p: string): boolean {
  const n = new TextEncoder().encode(p.normalize('NFKC')).length;
  return n >= 10 && n <= 1024;
}
