// A workaround: a navigation that is overtaken by a newer one must end quietly. The router resolves
// it with the promise of the last `navigate`; when that is its own (overtaken by a link, Back, or
// an older navigation that waited longer), the promise waits for itself, and the browser reports a
// "chaining cycle". So each `navigate` is followed by an empty one, which our blocker refuses
// before anything happens: an overtaken navigation resolves with that, and ends at once. While quick
// exit is under way the blocker refuses every navigation.

import { isLeaving } from '../signin/exit';

type Navigate<A extends unknown[], R> = (...args: A) => Promise<R>;
type Block = (ask: () => boolean) => () => void;

/** A `navigate` whose promise never waits for itself. Create it before any other blocker. */
export function quietly<A extends unknown[], R>(navigate: Navigate<A, R>, empty: () => Promise<unknown>, block: Block): Navigate<A, R> {
  let nothing = false;
  block(() => !nothing && !isLeaving());
  return (...args) => {
    const going = navigate(...args);
    // The blockers run before `empty` returns, so no other navigation sees the flag.
    nothing = true;
    void empty();
    nothing = false;
    return going;
  };
}
