// Leaving, on this device: what opens pages goes in the one instant that a page is sure to have,
// before anything that takes time or a signal. Quick exit, sign-out and a sign-in that the server
// ended all come through here; what takes longer is in tidy.ts.

export const MARK = 'in';
const SHARED = 'shared';

/** Whether somebody signed in on this device and did not sign out: it spares strangers a
 * question to the server. It says nothing about who. */
export const mark = {
  get: () => localStorage.getItem(MARK) !== null,
  set: (shared: boolean) => localStorage.setItem(MARK, shared ? SHARED : '1'),
};

const MASK = 'resume';

/** The page's part of the way back into open pages (vault/way.ts), for all tabs. */
export const mask = {
  get: () => localStorage.getItem(MASK),
  set: (m: string) => localStorage.setItem(MASK, m),
  drop: () => localStorage.removeItem(MASK),
};

/** What the server still has to be told. The cookie is out of a script's reach, and a page that
 * goes away may not get its word through: it is noted first. */
export type Goodbye = '/auth/sign-out' | '/auth/quick-exit' | '/guest/leave';

const OWED = 'goodbye';

export const owed = (): Goodbye[] => (localStorage.getItem(OWED)?.split(' ') ?? []) as Goodbye[];

export function owe(...list: Goodbye[]): void {
  if (list.length === 0) localStorage.removeItem(OWED);
  else localStorage.setItem(OWED, [...new Set(list)].join(' '));
}

/** A person left a shared device, and their marks on it are not cleared yet. */
export const UNTIDY = 'untidy';

/** What a tab keeps beyond a sign-in: unsent drafts of the house's agendas, and a big screen. */
const STAYS = /^(agenda:|stage$)/;

/** Makes everything that opens pages worthless, in this instant. `tab`: another person is signed in
 * by now, and only what this tab kept goes. */
export function forgetHere(tab?: boolean): void {
  if (!tab) {
    mask.drop();
    if (localStorage.getItem(MARK) === SHARED) localStorage.setItem(UNTIDY, '1');
    localStorage.removeItem(MARK);
  }
  for (const key of Object.keys(sessionStorage)) if (!STAYS.test(key)) sessionStorage.removeItem(key);
}
