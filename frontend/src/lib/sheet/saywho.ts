// Formats who can read which version of a page.

import { fill, text } from '../text/text.svelte';
import { pairingText } from '../text/sections/pairing';
import { participantText } from '../text/sections/participant';
import type { Held, Who } from './whocan';

/** The time for today, otherwise day and time, by this device's clock. */
function when(at: number): string {
  const t = pairingText().share;
  const today = new Date(at).toDateString() === new Date().toDateString();
  return fill(today ? t.whenToday : t.whenDay, { time: text.time(at), day: text.shortDay(at) });
}

/** `nameOf` gives the name in the room, or '' when it is not known here. */
export function sayWho(w: Who | 'asking', nameOf: (acct: string) => string): string {
  const t = pairingText().share;
  if (w === 'asking') return text.t.shared.loading;
  if (w.is === 'unknown') return t.unknown;
  if (w.is === 'onlyYou') return text.t.shared.lock.onlyYou;
  const names = (accts: string[]) => [...new Set(accts.map((a) => nameOf(a) || t.someone))].join(t.and);
  const all = w.all.length > 0 ? [fill(w.held.length > 0 ? t.lock + '.' : t.lock, { names: names(w.all) })] : [];
  const held = w.held.map((h: Held) => fill(h.accts.length > 1 ? t.versionMany : t.version, { names: names(h.accts), when: when(h.at) }));
  return [...all, ...held, ...(w.rest ? [t.newWords] : [])].join(' ');
}

/** The short form for a list, for when all readers have everything or nobody has anything. */
export function sayWhoShort(w: Who | 'asking', nameOf: (acct: string) => string): string {
  const t = participantText().pages;
  if (w === 'asking' || w.is === 'unknown' || (w.is === 'readers' && w.held.length > 0)) return sayWho(w, nameOf);
  if (w.is === 'onlyYou') return t.onlyYou;
  return fill(t.youAnd, { names: w.all.map((a) => nameOf(a) || pairingText().share.someone).join(pairingText().share.and) });
}
