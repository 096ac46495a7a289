// What the pages of a signed-in person share: their sheets, their pairings. Each is made on first
// use by the part that knows it, so that a join form on a slow phone loads none of it. The app
// only knows that words may have to be sealed before a lock.

import { getContext, setContext } from 'svelte';

export interface Holder {
  sheets?: { flush(): Promise<void> };
  pairs?: object;
  readership?: object;
}

const KEY = Symbol('holder');

export const provideHolder = (): Holder => setContext(KEY, {});
export const useHolder = (): Holder => getContext(KEY);
