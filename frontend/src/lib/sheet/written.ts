// What a form needs of a page being written, wherever its words are stored: sealed for an account
// (Sheet), or on this device only (GuestPage).

import type { Answers } from './answers';
import type { Keeping } from './keeping.svelte';
import type { Saved } from './sheet.svelte';

export interface Written {
  answers: Answers;
  /** Called when something was typed. */
  changed(): void;
  /** Stores the words on this device now. */
  keep(): Promise<void>;
}

/** How far a page is stored, and since when by this device's clock (ms). */
export interface Kept {
  saved: Saved;
  savedAt: number;
  readonly keeping: Keeping;
}
