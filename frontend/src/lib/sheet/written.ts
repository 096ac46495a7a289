// What a form needs of a page that is being written, wherever its words are kept: sealed for an
// account (Sheet), or on this device alone (GuestPage).

import type { Answers } from './answers';
import type { Keeping } from './keeping.svelte';
import type { Saved } from './sheet.svelte';

export interface Written {
  answers: Answers;
  /** Something was typed. */
  changed(): void;
  /** Keeps the words on this device, now. */
  keep(): Promise<void>;
}

/** How far a page is kept, and since when by this device's clock (ms). */
export interface Kept {
  saved: Saved;
  savedAt: number;
  readonly keeping: Keeping;
}
