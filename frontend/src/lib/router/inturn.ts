// Part of a page that has something to save before it is left.

/** Whoever wants to leave waits until `before` is done, in the order in which they asked: so the
 * newest wish goes on last, and wins. */
export function inTurn(before: () => Promise<void>): () => Promise<boolean> {
  let last = Promise.resolve();
  return () => {
    const mine = last.then(before).catch(() => undefined);
    last = mine;
    return mine.then(() => true);
  };
}
