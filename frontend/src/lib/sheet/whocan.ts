// Who can read which version of a page: the one place where it is worked out. It follows from
// facts, never from the newest version alone: for whom each stored version was sealed, as its own
// file says, and whose grant is open, as the server says. A person reads the newest version that
// was sealed for them, as long as their grant is open; what was written after it is only the
// owner's. What is not known is said to be unknown, never to be nobody.

/** A stored version, as its sealed file says: when it was sealed, in ms, and for whom beside the owner. */
export interface Stored {
  ver: number;
  at: number;
  readers: string[];
}

export interface Facts {
  /** Accounts whose grant for this page is open; null when the server has not said. */
  grants: string[] | null;
  /** Accounts that the page is on for, as the person's own vault says. */
  on: string[];
  stored: Stored[];
  /** The newest stored version's number, whoever it is for; 0 is none. */
  newest: number;
  /** There are words on this device that no stored version has. */
  unsent: boolean;
  /** A version for others is on its way, or its answer was lost: it may be stored or not. */
  unsure: boolean;
}

/** People who read one and the same version. */
export interface Held {
  at: number;
  accts: string[];
}

export type Who =
  | { is: 'unknown' }
  | { is: 'onlyYou' }
  /** `all` read everything there is; `held` read a version from before; `rest` says that what came
   * after those is the owner's alone. */
  | { is: 'readers'; all: string[]; held: Held[]; rest: boolean };

export function whoCan(f: Facts): Who {
  const { grants } = f;
  if (grants === null) return { is: 'unknown' };
  // On, and sealed for them, and no grant in the server's list: who is right is not known.
  if (f.on.some((acct) => !grants.includes(acct) && newestFor(f.stored, acct))) return { is: 'unknown' };
  const all: string[] = [];
  const held = new Map<number, Held>();
  for (const acct of [...new Set(grants)].sort()) {
    const theirs = newestFor(f.stored, acct);
    if (!theirs) continue;
    if (theirs.ver >= f.newest && !f.unsent) all.push(acct);
    else held.set(theirs.ver, { at: theirs.at, accts: [...(held.get(theirs.ver)?.accts ?? []), acct] });
  }
  if (all.length + held.size === 0) return f.unsure ? { is: 'unknown' } : { is: 'onlyYou' };
  return { is: 'readers', all, held: [...held.entries()].sort(([a], [b]) => b - a).map(([, h]) => h), rest: all.length === 0 && !f.unsure };
}

function newestFor(stored: Stored[], acct: string): Stored | undefined {
  return stored.filter((s) => s.readers.includes(acct)).sort((a, b) => b.ver - a.ver)[0];
}

/** Everybody who reads some version; null when it is not known. */
export const readersIn = (w: Who): string[] | null => (w.is === 'unknown' ? null : w.is === 'onlyYou' ? [] : [...w.all, ...w.held.flatMap((h) => h.accts)]);
