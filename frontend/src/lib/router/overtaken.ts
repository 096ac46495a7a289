// A navigation that a newer one overtakes must end quietly. The router lets it answer with the
// promise of the last `navigate`; when that is its own (a link or Back overtook it, or an older
// one that waited longer), the promise would wait for itself, and the browser reports a
// "chaining cycle". So each `navigate` is followed by an empty one, which our blocker refuses
// before anything happens: whoever is overtaken answers with that, and it is over at once.

type Navigate<A extends unknown[], R> = (...args: A) => Promise<R>;
type Block = (ask: () => boolean) => () => void;

/** A `navigate` whose promise never waits for itself. Make it before any other blocker. */
export function quietly<A extends unknown[], R>(navigate: Navigate<A, R>, empty: () => Promise<unknown>, block: Block): Navigate<A, R> {
  let nothing = false;
  block(() => !nothing);
  return (...args) => {
    const going = navigate(...args);
    // The blockers are asked before `empty` returns: no other navigation sees the flag.
    nothing = true;
    void empty();
    nothing = false;
    return going;
  };
}
