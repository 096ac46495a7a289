// Whether the server's list of a page's versions can be complete.

/** The server keeps this many newest versions, and older ones only when they were shared
 * (KeepVersions in server/worksheet). */
const KEPT = 11;

/** Whether a list of stored versions can be complete: it reaches the newest one in the vault, and
 * contains all those that the server always keeps. */
export function isWhole(vers: number[], head: number): boolean {
  const newest = Math.max(0, ...vers);
  if (newest < head) return false;
  for (let ver = Math.max(1, newest - KEPT + 1); ver < newest; ver++) if (!vers.includes(ver)) return false;
  return true;
}
