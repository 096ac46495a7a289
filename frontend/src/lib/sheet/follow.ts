// Polls for changes to something on the screen while the tab is visible: a pairing can end, another
// device can share a page or find a reason to stop.

export const LOOK_EVERY = 30_000;

/** Calls `what` periodically, when the tab becomes visible, and when the device goes online or
 * offline: then, with `turned`, the last answer is no longer reliable. Returns a function that ends
 * it. */
export function follow(what: (turned: boolean) => unknown, every = LOOK_EVERY): () => void {
  const look = (turned: boolean) => document.visibilityState === 'visible' && void what(turned);
  const turn = () => look(true);
  const timer = setInterval(() => look(false), every);
  document.addEventListener('visibilitychange', turn);
  for (const name of ['online', 'offline']) addEventListener(name, turn);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', turn);
    for (const name of ['online', 'offline']) removeEventListener(name, turn);
  };
}
