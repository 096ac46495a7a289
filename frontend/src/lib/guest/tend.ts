// Automatic care of words that a meeting left on this device, when the app starts and whenever
// pages are unlocked: what has expired is deleted, and what waits for this account moves into it.

import type { Holder } from '../signin/holder';
import type { Signin } from '../signin/signin.svelte';
import { sweep } from './wipe';

// One move at a time: two at once would duplicate a page.
let last: Promise<void> = Promise.resolve();

export function tend(signin: Signin, holder: Holder): Promise<void> {
  const next = async () => {
    await sweep();
    if (signin.open) await (await import('./carry')).carryWaiting(signin, holder);
  };
  // What could not move now is retried at the next unlock.
  last = last.then(next).catch(() => undefined);
  return last;
}
