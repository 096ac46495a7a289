// Quick exit: blanks the page at once, makes the resume record useless, ends the sign-in, and
// replaces this page in the history with a neutral site. Pressing Shift three times does the same.
// All other tabs of this app leave too.

import { addressOf } from '../net/api';
import * as op from '../wire/operations';
import { forgetHere, owe, owed } from './leaving';

const NEUTRAL = 'https://www.weather.gov';
const KEY = 'neutral';

/** Remembers the facility's own neutral URL on this device. */
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

/** Registers what must happen synchronously, such as ending the crypto worker. */
export function beforeLeaving(f: () => void): () => void {
  before.push(f);
  return () => {
    before = before.filter((x) => x !== f);
  };
}

/** Whether quick exit is under way: nothing may navigate the page elsewhere then. */
export const isLeaving = (): boolean => document.documentElement.hidden !== false;

/** Marks that going back in the history leads to the neutral site too; public/boot.js reads it. */
const LEFT = 'left';
/** When quick exit was used on this device: data that a guest has not chosen to keep is due from
 * then on (lib/guest/kept), and other tabs leave too. */
export const EXIT = 'exit';

export function leaveNow(): void {
  vanish(() => {
    // First, so that other tabs leave before they notice that they are signed out.
    localStorage.setItem(EXIT, String(Date.now()));
    owe(...owed(), '/auth/quick-exit');
    void fetch(addressOf(op.quickExit), { method: 'POST', credentials: 'same-origin', keepalive: true }).catch(() => undefined);
  });
}

/** Leaves even when a step fails: nothing may keep the page on screen. Without `tell`, another tab
 * has already told the server. */
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

/** Leaves when quick exit was used in another tab since this document began to load. Until its
 * listener is there, a tab that is still loading hears no event, so the stamp is read as well. */
export function leaveAlong(): boolean {
  const along = !isLeaving() && Number(localStorage.getItem(EXIT)) > performance.timeOrigin;
  if (along) vanish();
  return along;
}

/** Fails when quick exit was used while a request that signs in was on its way: its reply set a
 * cookie that the goodbye did not have yet, so the goodbye is sent again. If this document ends
 * before that, the goodbye is still pending. */
export async function leftMeanwhile(): Promise<void> {
  if (!isLeaving()) return;
  await fetch(addressOf(op.quickExit), { method: 'POST', credentials: 'same-origin', keepalive: true }).catch(() => undefined);
  throw new Error('quick exit was used');
}

const WINDOW = 1500;

/** Listens for Shift three times in a row, and for quick exit in another tab. */
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
  const onStorage = (e: StorageEvent) => e.key === EXIT && e.newValue !== null && vanish();
  addEventListener('keydown', onKey);
  addEventListener('storage', onStorage);
  leaveAlong();
  return () => {
    removeEventListener('keydown', onKey);
    removeEventListener('storage', onStorage);
  };
}
