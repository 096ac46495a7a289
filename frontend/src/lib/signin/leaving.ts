// Leaving, on this device: what unlocks pages is deleted synchronously, before anything that takes
// time or a connection, because a closing page may get no more time. Quick exit, sign-out and a
// sign-in ended by the server all call this; slower cleanup is in tidy.ts.

export const MARK = 'in';
const SHARED = 'shared';

/** Whether somebody signed in on this device and did not sign out: it saves a request for visitors.
 * It does not say who. */
export const mark = {
  get: () => localStorage.getItem(MARK) !== null,
  /** Other people use this device too. */
  shared: () => localStorage.getItem(MARK) === SHARED,
  set: (shared: boolean) => localStorage.setItem(MARK, shared ? SHARED : '1'),
};

const MASK = 'resume';

/** The page's part of the resume record (vault/resume.ts), shared by all tabs. */
export const mask = {
  get: () => localStorage.getItem(MASK),
  set: (m: string) => localStorage.setItem(MASK, m),
  drop: () => localStorage.removeItem(MASK),
};

/** Tells the other tabs of this browser to lock. The storage event is the message; nothing stays
 * stored. */
export const LOCKED = 'locked';

export function tellLocked(): void {
  localStorage.setItem(LOCKED, '1');
  localStorage.removeItem(LOCKED);
}

/** When somebody last did something, and when a room was last open, in any tab: an idle tab must
 * not lock or sign out one in use. A time in the future dates from before the clock was set back,
 * and is ignored. */
function stamp(key: string) {
  const get = (now = Date.now()): number => {
    const at = Number(localStorage.getItem(key) ?? 0);
    return at <= now ? at : 0;
  };
  return { get, set: (now = Date.now()) => void (now - get(now) > 1_000 && localStorage.setItem(key, String(now))), drop: () => localStorage.removeItem(key) };
}

export const lastUse = stamp('used');
export const lastRoom = stamp('roomed');

/** Goodbyes that the server has not received. A script cannot delete the cookie, and the request of
 * a closing page may be lost, so it is stored first. */
export type Goodbye = '/auth/sign-out' | '/auth/quick-exit' | '/guest/leave';

const OWED = 'goodbye';

export const owed = (): Goodbye[] => (localStorage.getItem(OWED)?.split(' ') ?? []) as Goodbye[];

export function owe(...list: Goodbye[]): void {
  if (list.length === 0) localStorage.removeItem(OWED);
  else localStorage.setItem(OWED, [...new Set(list)].join(' '));
}

/** A person left a shared device, and their data there is not cleared yet. */
export const UNTIDY = 'untidy';

/** What a tab keeps after a sign-out: unsent drafts of the facility's agendas, and a big screen. */
const STAYS = /^(agenda:|stage$)/;

/** A person left in this tab, and nobody has signed in since: public/boot.js reads it, so that going
 * back in the history shows the sign-in page only. */
export const OUT = 'out';

/** Makes everything that unlocks pages useless, synchronously. `tab`: another person is signed in
 * by now, so only this tab's own storage is cleared. */
export function forgetHere(tab?: boolean): void {
  if (!tab) {
    const shared = mark.shared();
    mask.drop();
    localStorage.removeItem(MARK);
    lastUse.drop();
    lastRoom.drop();
    // Last: it fails when the storage is full.
    if (shared) localStorage.setItem(UNTIDY, '1');
  }
  for (const key of Object.keys(sessionStorage)) if (!STAYS.test(key)) sessionStorage.removeItem(key);
  sessionStorage.setItem(OUT, '1');
}
