// The vault: the person's own sealed file of contacts, consents and titles (section 6.5), and how
// two copies of it are merged. Parsing and merging keep every unknown field, at the top and inside
// entries, so that a tab with older code erases nothing.

import * as v from 'valibot';
import { union } from './union';

// `sent`: the newest version that left a device sealed for this reader; 0 once it was resealed
// without them. A copy without it does not know. `had`: for each version, an odd count while it may
// be sealed for this reader, and an even one after it was resealed without them. Counts only grow:
// of two copies the larger one is the later.
const entry = v.looseObject({ on: v.boolean(), n: v.number(), sent: v.optional(v.number()), had: v.optional(v.record(v.string(), v.number())) });

const contact = v.looseObject({
  name: v.string(),
  F: v.string(),
  bundle: v.string(),
  epoch: v.number(),
  how: v.picklist(['qr', 'words']),
  on: v.string(),
  state: v.picklist(['active', 'revoked']),
  n: v.number(),
});

// `of`: the owner's account, when the page is another person's.
const sheet = v.looseObject({ title: v.string(), ver: v.number(), hash: v.string(), of: v.optional(v.string()) });

// The newest feedback of one author on one page that was ever opened or sent.
const mark = v.looseObject({ ver: v.number(), hash: v.string() });

export const VaultBody = v.looseObject({
  ctr: v.number(),
  contacts: v.record(v.string(), contact),
  consents: v.record(v.string(), v.record(v.string(), entry)),
  sheets: v.record(v.string(), sheet),
  feedback: v.optional(v.record(v.string(), v.record(v.string(), mark))),
  /** What stands against contact, by the page of the person on the list; kept after that page is
   * deleted. */
  safety: v.optional(v.record(v.string(), v.unknown())),
  roots: v.array(v.looseObject({ epoch: v.number(), root: v.string() })),
  minSuite: v.literal('wsx1'),
});

export type VaultBody = v.InferOutput<typeof VaultBody>;

export const emptyVault = (): VaultBody => ({ ctr: 1, contacts: {}, consents: {}, sheets: {}, roots: [], minSuite: 'wsx1' });

/** Our copy without the pages that another device deleted: the server's vault named them before and
 * no longer does, and we recorded nothing newer. A plain merge would bring them back. */
export function withoutDeleted(mine: VaultBody, before: VaultBody['sheets'], server: VaultBody): VaultBody {
  const deleted = (ws: string, ver: number): boolean => before[ws] !== undefined && !server.sheets[ws] && ver <= before[ws].ver;
  return { ...mine, sheets: Object.fromEntries(Object.entries(mine.sheets).filter(([ws, s]) => !deleted(ws, s.ver))) };
}

/** Merges two copies entry by entry: the higher n wins, and on a tie the entry that is off. The
 * newest version of a page and the newest mark of feedback win. What stands against contact is the
 * union. The counter is the server's. Unknown fields come from the server's copy, and from ours
 * where it has none. */
export function mergeVaults(mine: VaultBody, server: VaultBody): VaultBody {
  const out: VaultBody = { ...structuredClone(mine), ...structuredClone(server) };
  for (const [acct, c] of Object.entries(mine.contacts)) {
    const other = out.contacts[acct];
    if (!other || c.n > other.n || (c.n === other.n && c.state === 'revoked')) out.contacts[acct] = { ...other, ...c };
  }
  for (const [ws, readers] of Object.entries(mine.consents)) {
    const merged = (out.consents[ws] ??= {});
    for (const [acct, e] of Object.entries(readers)) {
      const other = merged[acct];
      // Of one turn-off, the copy that has it proven is the later one: a tab that fetched the vault in
      // between would say "not known" until it is closed.
      const proven = other?.n === e.n && !other.on && !e.on && (other.sent === 0 || e.sent === 0);
      if (!other || e.n > other.n || (e.n === other.n && !e.on)) merged[acct] = { ...other, ...e, sent: proven ? 0 : (e.sent ?? other?.sent) };
      else if (other.sent === undefined || (e.n === other.n && other.on && (e.sent ?? 0) > other.sent)) other.sent = e.sent;
      // Whoever is on: a page turned off here must not forget what was sent there meanwhile.
      const had = union(other?.had ?? {}, e.had ?? {});
      merged[acct] = { ...e, ...merged[acct], had };
    }
  }
  for (const [ws, s] of Object.entries(mine.sheets)) {
    const other = out.sheets[ws];
    if (!other || s.ver > other.ver) out.sheets[ws] = { ...other, ...s };
  }
  for (const [ws, authors] of Object.entries(mine.feedback ?? {})) {
    const merged = ((out.feedback ??= {})[ws] ??= {});
    for (const [author, m] of Object.entries(authors)) if (m.ver > (merged[author]?.ver ?? 0)) merged[author] = { ...merged[author], ...m };
  }
  if (mine.safety) out.safety = union(out.safety ?? {}, mine.safety);
  for (const r of mine.roots) if (!out.roots.some((o) => o.epoch === r.epoch)) out.roots.push(r);
  return out;
}
