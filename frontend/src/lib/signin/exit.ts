// Quick exit: blanks the page at once, makes worthless what opens pages, ends the sign-in, and
// puts a neutral site in this page's place in the history. Shift three times does the same. Every
// tab of ours leaves with the one it was asked in.

import { addressOf } from '../net/api';
import * as op from '../wire/operations';
import { forgetHere, owe, owed } from './leaving';

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

/** The way back through the history leads to the neutral site too: public/boot.js reads this. */
const LEFT = 'left';
/** Quick exit was used on this device, and when: what a guest left undecided is due from then on
 * (lib/guest/kept), and other tabs leave too. */
export const EXIT = 'exit';

export function leaveNow(): void {
  vanish(() => {
    // First, so that another tab leaves too before it notices that it is signed out.
    localStorage.setItem(EXIT, String(Date.now()));
    owe(...owed(), '/auth/quick-exit');
    void fetch(addressOf(op.quickExit), { method: 'POST', credentials: 'same-origin', keepalive: true }).catch(() => undefined);
  });
}

/** Nothing that fails on the way may keep the page on screen. Without `tell` another tab told. */
export function vanish(tell = () => {}): void {
  document.documentElement.hidden = true;
  document.title = ' ';
  for (const f of [tell, forgetHere, ...before, () => sessionStorage.setItem(LEFT, neutral())]) {
    try {
      f();
    } catch {
      // the rest still happens
    }
  }
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
