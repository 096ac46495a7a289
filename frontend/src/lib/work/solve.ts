// Solves a puzzle of the server (server/puzzle): finds n below `most` for which the SHA-256 of "salt.n"
// is the challenge. A plain loop without await: hashing through crypto.subtle would take twenty times as
// long.

import { sha256 } from '@noble/hashes/sha2.js';

const bytes = (text: string): Uint8Array => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));

/** The solved puzzle, to be handed in; null when no number solves it. */
export function solve(puzzle: string, most: number): string | null {
  const [salt = '', challenge = ''] = puzzle.split('.');
  const wanted = bytes(challenge);
  const encode = new TextEncoder();
  for (let n = 0; n < most; n++) {
    const hash = sha256(encode.encode(`${salt}.${n}`));
    if (hash.every((b, i) => b === wanted[i])) return `${puzzle}.${n}`;
  }
  return null;
}
