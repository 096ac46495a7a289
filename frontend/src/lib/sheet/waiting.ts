// Sends the deletions that an earlier visit left pending, without loading the page code when there
// are none. A flag per person on this device, under names that reveal nothing, says who has some:
// several people may use one device, and none of them cancels another's.

import type { Holder } from '../signin/holder';
import type { Signin } from '../signin/signin.svelte';

const DELETING = 'deleting';

const list = (): string[] => localStorage.getItem(DELETING)?.split(' ') ?? [];

async function nameless(acct: string): Promise<string> {
  const sum = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(DELETING + '\0' + acct));
  return Array.from(new Uint8Array(sum, 0, 8), (b) => b.toString(16).padStart(2, '0')).join('');
}

/** Records whether a person may have pending deletions. */
export async function noteDeleting(acct: string, some: boolean): Promise<void> {
  const mine = await nameless(acct);
  const all = list().filter((name) => name !== mine);
  if (some) all.push(mine);
  if (all.length === 0) localStorage.removeItem(DELETING);
  else localStorage.setItem(DELETING, all.join(' '));
}

export async function sendDeletions(signin: Signin, holder: Holder): Promise<void> {
  const me = signin.me;
  if (!me || list().length === 0 || !list().includes(await nameless(me.acct))) return;
  const { Sheets } = await import('./sheets.svelte');
  const sheets = holder.sheets instanceof Sheets ? holder.sheets : new Sheets(signin);
  holder.sheets = sheets;
  await sheets.deletions.send();
}
