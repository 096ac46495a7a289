// What the app does of itself with words that a meeting left on this device, at its start and
// whenever pages open: what is due is destroyed, and what waits for this account moves into it.

import type { Holder } from '../signin/holder';
import type { Signin } from '../signin/signin.svelte';
import { sweep } from './wipe';

// One at a time: two that move the same page would make two of it.
let last: Promise<void> = Promise.resolve();

export function tend(signin: Signin, holder: Holder): Promise<void> {
  const next = async () => {
    await sweep();
    if (signin.open) await (await import('./carry')).carryWaiting(signin, holder);
  };
  // What could not move now is tried again when the pages next open.
  last = last.then(next).catch(() => undefined);
  return last;
}
