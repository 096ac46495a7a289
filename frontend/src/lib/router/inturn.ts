// For pages that have something to save before they are left.

/** A navigation blocker: each navigation waits for `before`, in the order of the requests, so that
 * the newest one continues last and wins. */
export function inTurn(before: () => Promise<void>): () => Promise<boolean> {
  let last = Promise.resolve();
  return () => {
    const mine = last.then(before).catch(() => undefined);
    last = mine;
    return mine.then(() => true);
  };
}
