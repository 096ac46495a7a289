// Whether the server's list of a page's versions can be all of it.

/** The server keeps the newest versions, and of those before them the shared ones (KeepVersions
 * in server/worksheet). */
const KEPT = 11;

/** Whether a list of stored versions can be all of it: it reaches the newest one that the vault
 * knows, and none of those that the server always keeps is missing. */
export function isWhole(vers: number[], head: number): boolean {
  const newest = Math.max(0, ...vers);
  if (newest < head) return false;
  for (let ver = Math.max(1, newest - KEPT + 1); ver < newest; ver++) if (!vers.includes(ver)) return false;
  return true;
}
