// The list of databases on this device whose words are sealed for no account: of meeting guests,
// and of people who entered with a room pass. Each person has one small database; this list holds
// its expiry. The rules: what nobody chose to keep expires half a day after its start, what was
// kept after seven days, and both are deleted when the app is next opened. Quick exit expires at
// once what nobody chose to keep: it is never shown again. The list holds no name, no id and no
// word.

export interface Kept {
  /** The name of the database. */
  store: string;
  until: number;
  /** The person chose to keep it. */
  chosen: boolean;
  /** For a room pass: a hash of the account to which these pages belong. */
  own?: string;
}

const KEY = 'kept';
/** This device may hold a guest's cookie; the mark saves a request for visitors. */
export const MARK = 'guest';
/** When quick exit was used on this device: lib/signin/exit sets it, and it is checked before the
 * list is read. It stays, because a tab that loads or wakes later leaves by it. */
const EXIT = 'exit';
/** The quick exit that this list has followed. */
const EXITED = 'exited';
const HOUR = 3600_000;
export const UNDECIDED_MS = 12 * HOUR;
export const KEPT_MS = 7 * 24 * HOUR;

/** The whole list, including expired entries. */
export function listed(): Kept[] {
  try {
    const exit = localStorage.getItem(EXIT);
    if (exit === null || exit === localStorage.getItem(EXITED)) return read();
    localStorage.removeItem(MARK);
    write(read().map((k) => (k.chosen ? k : { ...k, until: 0 })));
    localStorage.setItem(EXITED, exit);
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

/** The entries that have not expired, newest last. */
export const kept = (now = Date.now()): Kept[] => listed().filter((k) => k.until > now);

/** Records that a database was created. The words of a room pass wait longer for their account. */
export function begun(store: string, own: string | undefined, now = Date.now()): void {
  const list = listed();
  if (list.some((k) => k.store === store)) return;
  write([...list, { store, until: now + (own ? KEPT_MS : UNDECIDED_MS), chosen: own !== undefined, ...(own ? { own } : {}) }]);
}

/** The person chose to keep it: it expires in seven days. */
export const keepOn = (store: string, now = Date.now()): void => write(listed().map((k) => (k.store === store ? { ...k, until: now + KEPT_MS, chosen: true } : k)));

/** Expires an entry now: never shown again, and deleted as soon as possible. */
export const doom = (store: string): void => write(listed().map((k) => (k.store === store ? { ...k, until: 0 } : k)));

/** The database was deleted. */
export const gone = (store: string): void => write(listed().filter((k) => k.store !== store));
