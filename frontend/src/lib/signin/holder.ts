// What the pages of a signed-in person share: their sheets, their pairings. Each part is created on
// first use by its own module, so that a join form on a slow phone loads none of them. The app only
// knows that words may have to be sealed before a lock, and that every part clears what it read
// when pages are locked or left.

import { getContext, setContext } from 'svelte';

export interface Part {
  /** Clears everything from memory, and discards replies still on their way. */
  clear(): void;
}

export interface Holder {
  sheets?: Part & { flush(): Promise<void> };
  pairs?: Part;
  readership?: Part;
}

/** Clears all parts, including any that a later version adds: there is no list to maintain. */
export const emptyHolder = (holder: Holder): void => Object.values(holder).forEach((part: Part) => part.clear());

const KEY = Symbol('holder');

export const provideHolder = (): Holder => setContext(KEY, {});
export const useHolder = (): Holder => getContext(KEY);
