// Polls for changes to something on the screen while the tab is visible: a pairing can end, another
// device can share a page or find a reason to stop.

export const LOOK_EVERY = 30_000;

/** How often the clock is checked, in ms: a device may wake without any event. A step that is off by
 * more than PAUSE was a sleep, or a clock that was set. */
const TICK = 1_000;
const PAUSE = 3_000;

/** Calls `what` periodically, when the tab becomes visible, when the device slept, and when it goes
 * online or offline: then, with `turned`, the last answer is no longer reliable. Returns a function
 * that ends it. */
export function follow(what: (turned: boolean) => unknown, every = LOOK_EVERY): () => void {
  const look = (turned: boolean) => document.visibilityState === 'visible' && void what(turned);
  const turn = () => look(true);
  let at = Date.now();
  const wake = () => {
    const step = Date.now() - at;
    at += step;
    if (Math.abs(step - TICK) > PAUSE) look(true);
  };
  const timers = [setInterval(() => look(false), every), setInterval(wake, TICK)];
  document.addEventListener('visibilitychange', turn);
  for (const name of ['online', 'offline']) addEventListener(name, turn);
  return () => {
    timers.forEach((timer) => clearInterval(timer));
    document.removeEventListener('visibilitychange', turn);
    for (const name of ['online', 'offline']) removeEventListener(name, turn);
  };
}
