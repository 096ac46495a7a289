// What this device keeps of people whose words are sealed for no account: guests of meetings,
// and people who came in by a room pass. Each has one small database; this list says until when.
// The rules: what nobody chose to keep is gone half a day after it was begun, what was kept is
// gone after seven days, and both when the app is next opened. Quick exit dooms what nobody
// chose to keep: it is never shown again. The list holds no name, no id and no word.

export interface Kept {
  /** The name of the database. */
  store: string;
  until: number;
  /** The person said that it shall stay. */
  chosen: boolean;
  /** Of a room pass: which account's pages these are, as a hash. */
  own?: string;
}

const KEY = 'kept';
/** This device may hold a guest's cookie; it spares strangers a question. */
export const MARK = 'guest';
/** Quick exit was used on this device: lib/signin/exit sets it, and it is read before the list is. */
const EXIT = 'exit';
const HOUR = 3600_000;
export const UNDECIDED_MS = 12 * HOUR;
export const KEPT_MS = 7 * 24 * HOUR;

/** The list as it stands, with what is due too. */
export function listed(): Kept[] {
  try {
    if (localStorage.getItem(EXIT) === null) return read();
    localStorage.removeItem(EXIT);
    localStorage.removeItem(MARK);
    write(read().map((k) => (k.chosen ? k : { ...k, until: 0 })));
    return read();
  } catch {
    return [];
  }
}

function read(): Kept[] {
  try {
    return (JSON.parse(localStorage.getItem(KEY) ?? '[]') as Kept[]).filter((k) => typeof k?.store === 'string' && typeof k.until === 'number');
  } catch {
    return [];
  }
}

function write(list: Kept[]): void {
  if (list.length === 0) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, JSON.stringify(list));
}

/** What is kept here and not due yet, newest last. */
export const kept = (now = Date.now()): Kept[] => listed().filter((k) => k.until > now);

/** Notes that a database was begun. The words of a room pass wait for their account longer. */
export function begun(store: string, own: string | undefined, now = Date.now()): void {
  const list = listed();
  if (list.some((k) => k.store === store)) return;
  write([...list, { store, until: now + (own ? KEPT_MS : UNDECIDED_MS), chosen: own !== undefined, ...(own ? { own } : {}) }]);
}

/** The person chose to keep it, for seven days from now. */
export const keepOn = (store: string, now = Date.now()): void => write(listed().map((k) => (k.store === store ? { ...k, until: now + KEPT_MS, chosen: true } : k)));

/** From here on it is due: never shown again, and destroyed as soon as that can be done. */
export const doom = (store: string): void => write(listed().map((k) => (k.store === store ? { ...k, until: 0 } : k)));

/** The database is no more. */
export const gone = (store: string): void => write(listed().filter((k) => k.store !== store));
