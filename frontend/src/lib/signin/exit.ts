// Quick exit: blanks the page at once, makes the resume record useless, ends the sign-in, and
// replaces this page in the history with a neutral site. Pressing Shift three times does the same.
// All other tabs of this app leave too. Until this is loaded, public/boot.js does the same.

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

/** Loads another document of this app, or this one again: the only way to do so, because it would
 * take the place of the neutral site. */
export function load(path?: string, how: 'replace' | 'assign' = 'replace', where: Location = location): void {
  if (isLeaving()) return;
  if (path?.includes('#')) {
    // An address that differs only in its fragment would load nothing.
    history.replaceState(null, '', path);
    where.reload();
  } else if (path) where[how](path);
  else where.reload();
}

/** Marks that going back in the history leads to the neutral site too; public/boot.js reads it. */
const LEFT = 'left';
/** When quick exit was used on this device: data that a guest has not chosen to keep is due from
 * then on (lib/guest/kept), and other tabs leave too. */
export const EXIT = 'exit';

export function leaveNow(): void {
  vanish([
    // The facility's own crisis lines carry its name; the built-in ones stay. This and the mask make
    // room first: a full storage refuses the stamp, and then other tabs stay and a guest's words too.
    () => ['numbers', 'resume'].forEach((key) => localStorage.removeItem(key)),
    // Before the rest, so that other tabs leave before they notice that they are signed out.
    () => localStorage.setItem(EXIT, String(Date.now())),
    () => owe(...owed(), '/auth/quick-exit'),
    () => void fetch(addressOf(op.quickExit), { method: 'POST', credentials: 'same-origin', keepalive: true }).catch(() => undefined),
  ]);
}

/** Leaves even when a step fails: nothing may keep the page on screen. Without `tell`, another tab
 * has already told the server. */
export function vanish(tell: (() => void)[] = []): void {
  document.documentElement.hidden = true;
  document.title = ' ';
  for (const f of [...tell, forgetHere, ...before, () => sessionStorage.setItem(LEFT, neutral())]) {
    try {
      f();
    } catch {
      // the rest still happens
    }
  }
  location.replace(neutral());
}

/** When this document began to load, by the device's clock. `performance.timeOrigin` will not do: it
 * stays behind that clock after each sleep of the device. */
const BEGAN = Date.now() - performance.now();
/** The stamp when this document began to listen: an earlier quick exit, or none. */
let old: string | null | undefined;

/** Leaves when quick exit was used in another tab since this document began to load. Until its
 * listener is there, a tab that is still loading hears no event, nor does a frozen one, so the stamp
 * is read as well. In a document that does not listen yet, a stamp in the future dates from before the
 * clock was set back. */
export function leaveAlong(): boolean {
  const stamp = localStorage.getItem(EXIT);
  const at = Number(stamp);
  const along = !isLeaving() && stamp !== null && (old === undefined ? at > BEGAN && at <= Date.now() : stamp !== old);
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

/** Listens for Shift three times in a row, which public/boot.js counts from the first moment on, and
 * for quick exit in another tab. */
export function listenForExit(): () => void {
  const onLeave = (e: Event) => {
    e.preventDefault();
    leaveNow();
  };
  const onStorage = (e: StorageEvent) => e.key === EXIT && e.newValue !== null && vanish();
  // A frozen page heard nothing. One that was frozen while leaving leaves again.
  const onShow = (e: Event) => ((e as PageTransitionEvent).persisted && isLeaving() ? vanish() : leaveAlong());
  // Back, while the neutral site is on its way, stops that; the router must not answer.
  const onBack = (e: Event) => {
    if (!isLeaving()) return;
    e.stopImmediatePropagation();
    vanish();
  };
  const all = Object.entries({ leave: onLeave, storage: onStorage, pageshow: onShow, visibilitychange: onShow, popstate: onBack }) as [string, (e: Event) => void][];
  for (const [name, f] of all) addEventListener(name, f, true);
  leaveAlong();
  old = localStorage.getItem(EXIT);
  return () => {
    old = undefined;
    all.forEach(([name, f]) => removeEventListener(name, f, true));
  };
}
