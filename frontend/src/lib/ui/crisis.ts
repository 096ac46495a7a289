// Crisis numbers: the facility's as last seen on this device, otherwise the built-in ones. They
// never need a connection.

import { text } from '../text/text.svelte';
import type { CrisisLine } from '../wire/wire';

const KEY = 'numbers';
const CHECKED = '2026-11-01';

export function crisisLines(own: CrisisLine[], language: 'en' | 'es'): CrisisLine[] {
  const mine = (own.length > 0 ? own : remembered()).filter((l) => l.language === language);
  if (mine.length > 0) return mine;
  return text.t.pub.crisis.map((l) => ({ ...l, language, checked_on: CHECKED }));
}

/** The one day that the card names for all its numbers: the oldest, so that none seems newer checked than it is. */
export const checkedOn = (lines: CrisisLine[]): string => lines.map((l) => l.checked_on).sort()[0] ?? '';

export function rememberLines(lines: CrisisLine[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(lines));
  } catch {
    // use the built-in ones
  }
}

function remembered(): CrisisLine[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as CrisisLine[];
  } catch {
    return [];
  }
}
