// Who can read which version of a page: the only place that computes it. It follows from facts,
// never from the newest version alone: for whom each stored version is sealed, according to its
// file, and whose grant is open, according to the server. A person with an open grant reads the
// newest version sealed for them; later words are the owner's alone. Missing facts give "unknown",
// never "nobody".

/** A stored version according to its sealed file: when it was sealed, in ms, and for whom, without
 * the owner. */
export interface Stored {
  ver: number;
  at: number;
  readers: string[];
}

export interface Facts {
  /** Accounts with an open grant for this page; null when the server has not replied. */
  grants: string[] | null;
  /** Accounts for whom the vault has the page on. */
  on: string[];
  /** The newest version recorded in the vault as sealed for each of them. */
  sent: Record<string, number>;
  stored: Stored[];
  /** A former reader may still have a version: it was not proven to be sealed without them. */
  left: boolean;
  /** The server's list of versions is complete. */
  whole: boolean;
  /** The number of the newest stored version, whoever it is for; 0 when there is none. */
  newest: number;
  /** There are words on this device that no stored version has. */
  unsent: boolean;
  /** An upload for others is running, or its reply was lost: it may be stored or not. */
  unsure: boolean;
}

/** People who read the same version. */
export interface Held {
  at: number;
  accts: string[];
}

export type Who =
  | { is: 'unknown' }
  | { is: 'onlyYou' }
  /** `all` read everything; `held` read an earlier version; `rest` says that later words are the
   * owner's alone. */
  | { is: 'readers'; all: string[]; held: Held[]; rest: boolean };

export function whoCan(f: Facts): Who {
  const { grants } = f;
  // A version that is missing from the list could be sealed for anybody.
  if (grants === null || !f.whole || f.left) return { is: 'unknown' };
  if (f.on.some((acct) => (newestFor(f.stored, acct)?.ver ?? 0) < (f.sent[acct] ?? 0))) return { is: 'unknown' };
  // The page is on and sealed for them, but the server lists no grant: one of the two is wrong, and
  // it is unknown which.
  if (f.on.some((acct) => !grants.includes(acct) && newestFor(f.stored, acct))) return { is: 'unknown' };
  const all: string[] = [];
  const held = new Map<number, Held>();
  for (const acct of [...new Set(grants)].sort()) {
    const newest = newestFor(f.stored, acct);
    if (!newest) continue;
    if (newest.ver >= f.newest && !f.unsent) all.push(acct);
    else held.set(newest.ver, { at: newest.at, accts: [...(held.get(newest.ver)?.accts ?? []), acct] });
  }
  if (all.length + held.size === 0) return f.unsure ? { is: 'unknown' } : { is: 'onlyYou' };
  return { is: 'readers', all, held: [...held.entries()].sort(([a], [b]) => b - a).map(([, h]) => h), rest: all.length === 0 && !f.unsure };
}

function newestFor(stored: Stored[], acct: string): Stored | undefined {
  return stored.filter((s) => s.readers.includes(acct)).sort((a, b) => b.ver - a.ver)[0];
}

/** Everybody who reads some version; null when it is unknown. */
export const readersIn = (w: Who): string[] | null => (w.is === 'unknown' ? null : w.is === 'onlyYou' ? [] : [...w.all, ...w.held.flatMap((h) => h.accts)]);
