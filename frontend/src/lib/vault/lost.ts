// The store of this device was closed underneath the app: what it had may be deleted. Whoever has
// something in memory that may be nowhere else (words on the screen, deletions and findings that wait
// for the server) stores it again. In the worker this becomes a message to the page.

const heard = new Set<() => void>();

/** Calls `what` whenever a store was lost, until the returned function is called. */
export function onLost(what: () => void): () => void {
  heard.add(what);
  return () => void heard.delete(what);
}

export const lost = (): void => heard.forEach((what) => what());
