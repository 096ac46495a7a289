// Polls for changes to something on the screen while the tab is visible: a pairing can end, another
// device can share a page or find a reason to stop.

export const LOOK_EVERY = 30_000;

/** Calls `what` periodically, when the tab becomes visible, and when the device goes online or
 * offline (offline, the last answer is no longer reliable). Returns a function that ends it. */
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
