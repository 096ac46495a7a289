// Looks again at something that is open on the screen, as long as it is seen: a pairing can end, and
// another device can share a page or find out a reason to stop.

export const LOOK_EVERY = 30_000;

/** Looks now and then, when the tab is seen again, and when the signal comes or goes: without one,
 * what was said last is not known any more. What this returns ends it. */
export function follow(what: () => unknown): () => void {
  const look = () => document.visibilityState === 'visible' && void what();
  const timer = setInterval(look, LOOK_EVERY);
  document.addEventListener('visibilitychange', look);
  for (const turn of ['online', 'offline']) addEventListener(turn, look);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', look);
    for (const turn of ['online', 'offline']) removeEventListener(turn, look);
  };
}
