// Quick exit: blanks the page at once, ends the sign-in, and puts a neutral site in this
// page's place in the history. Shift three times does the same.

const NEUTRAL = 'https://www.weather.gov';
const KEY = 'neutral';

/** Remembers the facility's own neutral address on this device. */
export function rememberNeutral(url: string): void {
  try {
    if (/^https:\/\/[^\s]+$/.test(url)) localStorage.setItem(KEY, url);
  } catch {
    // the standard address serves
  }
}

function neutral(): string {
  try {
    return localStorage.getItem(KEY) ?? NEUTRAL;
  } catch {
    return NEUTRAL;
  }
}

let before: (() => void)[] = [];

/** What has to be done in the same instant, such as ending the crypto worker. */
export function beforeLeaving(f: () => void): () => void {
  before.push(f);
  return () => {
    before = before.filter((x) => x !== f);
  };
}

/** Whether the person is on the way out: nothing may send the page anywhere else then. */
export const isLeaving = (): boolean => document.documentElement.hidden !== false;

export function leaveNow(): void {
  document.documentElement.hidden = true;
  document.title = ' ';
  void fetch('/api/v1/auth/quick-exit', { method: 'POST', credentials: 'same-origin', keepalive: true }).catch(() => undefined);
  for (const f of before) f();
  // What a guest left undecided is due from now on: lib/guest/kept reads this.
  localStorage['exit'] = 1;
  location.replace(neutral());
}

const WINDOW = 1500;

/** Listens for Shift three times in a row. */
export function listenForExit(): () => void {
  let times: number[] = [];
  const onKey = (e: KeyboardEvent) => {
    if (e.key !== 'Shift') {
      times = [];
      return;
    }
    if (e.repeat) return;
    times = [...times, e.timeStamp].filter((t) => e.timeStamp - t < WINDOW);
    if (times.length >= 3) leaveNow();
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}
