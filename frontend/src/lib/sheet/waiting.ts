// Sends the deletions that an earlier visit left waiting, without loading what pages need when
// there are none.

import type { Holder } from '../signin/holder';
import type { Signin } from '../signin/signin.svelte';

/** There may be something to send. */
export const DELETING = 'deleting';

export async function sendDeletions(signin: Signin, holder: Holder): Promise<void> {
  if (localStorage.getItem(DELETING) === null) return;
  const { Sheets } = await import('./sheets.svelte');
  const sheets = holder.sheets instanceof Sheets ? holder.sheets : new Sheets(signin);
  holder.sheets = sheets;
  await sheets.deletions.send();
}
