// What the pages of a signed-in person share: their sheets, their pairings. Each is made on first
// use by the part that knows it, so that a join form on a slow phone loads none of it. The app
// only knows that words may have to be sealed before a lock, and that each part lets go of
// everything it read when pages are locked or left.

import { getContext, setContext } from 'svelte';

export interface Part {
  /** Takes everything out of memory, what is still on its way too. */
  clear(): void;
}

export interface Holder {
  sheets?: Part & { flush(): Promise<void> };
  pairs?: Part;
  readership?: Part;
}

/** Whatever a later version holds lets go too: nothing is listed here. */
export const emptyHolder = (holder: Holder): void => Object.values(holder).forEach((part: Part) => part.clear());

const KEY = Symbol('holder');

export const provideHolder = (): Holder => setContext(KEY, {});
export const useHolder = (): Holder => getContext(KEY);
